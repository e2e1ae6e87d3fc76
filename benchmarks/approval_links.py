"""`python -m benchmarks.approval_links`: does the time that a refusal takes tell anything?

Links are tampered with in every way and sent to the approval page's handler, which runs in this
process on moto's DynamoDB, class by class in turn. What is measured is how long the handler takes,
and apart from it how long the store's one call does, as moto is slower to find an item than to find
none. The ratio compares the median of a class, without the store, with that of a wrong signature on
an approval that there is: far from 1 would mean that its work is another. Garbage is collected in
between. DynamoDB's own time and the network vary by milliseconds and come on top of it.
"""

import argparse
import gc
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

import boto3
from moto import mock_aws
from rich.console import Console
from rich.table import Table as Shown

from benchmarks.console import Lambda
from benchmarks.moto_table import create_table
from benchmarks.tampered_links import Link, Sent, tampered
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.composition import the_table
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.observability import logger
from qlik_monitor.settings import ApprovalApiSettings

KEYS = tuple(
    SigningKey.model_validate({"key_id": key_id, "key": f"key {number} of this benchmark"})
    for number, key_id in enumerate(("k1", "k2", "strange"))
)
APPROVERS = ("ana", "ben", "eve")
COMPARED_WITH = "wrongly_signed"
WARM_UP = 200
COLLECT_AFTER = 61  # no multiple of the classes, so that none always comes after it
HOW = (
    "Handler, boto3 and moto in one process, classes in turn. Ratio: of medians without the\n"
    "store, to a wrong signature on an approval that there is."
)


@contextmanager
def a_stack() -> Iterator[Sent]:
    """Mock AWS with three open approvals in it."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "POWERTOOLS_SERVICE_NAME": "benchmark",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "TABLE_NAME": "agent",
        "APPROVAL_BASE_URL": "http://127.0.0.1/v1",
        "APPROVERS": ",".join(APPROVERS),
    }
    with mock_aws():
        key = {"key_id": KEYS[0].key_id, "key": KEYS[0].key.get_secret_value()}
        secret = boto3.client("secretsmanager").create_secret(
            Name="approval", SecretString=json.dumps(key)
        )
        os.environ["APPROVAL_SECRET_ARN"] = secret["ARN"]
        store, now = DynamoDbApprovals(create_table("agent")), datetime.now(UTC)
        approvals = [_approval(letter, now) for letter in "abc"]
        for approval in approvals:
            store.request(approval, "a task token")
        yield Sent(approvals, KEYS)


def _approval(letter: str, now: datetime) -> Approval:
    return Approval(
        id=letter * 24,
        incident_id=f"incident-{letter}",
        attempt=1,
        proposal_hash=letter * 64,
        requested_at=now,
        expires_at=now + timedelta(hours=1),
        approvers=APPROVERS,
    )


class Store:
    """Notes how long the calls to the store took since it was last asked."""

    def __init__(self) -> None:
        """Listen to the handler's table."""
        events: Any = the_table(ApprovalApiSettings).meta.client.meta.events
        events.register("before-call", self._begin)
        events.register("after-call", self._end)
        self._began = self._seconds = 0.0

    def _begin(self, **_: object) -> None:
        self._began = time.perf_counter()

    def _end(self, **_: object) -> None:
        self._seconds += time.perf_counter() - self._began

    def seconds(self) -> float:
        """Return it, and begin anew."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds


def refusal_seconds(link: Link, store: Store) -> tuple[float, float]:
    """Send a link; return how long its refusal took, and what of it was ours."""
    # Only now is the environment there that the modules read when they are imported.
    from functions.approval_api.handler import handler  # noqa: PLC0415

    event: dict[str, Any] = {
        "headers": {},
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {},
    }
    event |= link.event()
    store.seconds()
    began = time.perf_counter()
    answer = handler(event, Lambda(function_name="approval-api"))
    took = time.perf_counter() - began
    if answer["statusCode"] != 403:
        raise RuntimeError(f"{link} was answered with {answer['statusCode']}")
    return took, took - store.seconds()


def main(arguments: list[str] | None = None) -> None:
    """Measure every class and print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.approval_links",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--links", type=int, default=8000, help="in all (default: 8000)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logger.setLevel("CRITICAL")  # a line a refusal would be most of the time
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with a_stack() as sent:
        store = Store()
        for _, link in tampered(sent, WARM_UP, chosen.seed + 1):
            refusal_seconds(link, store)
        gc.disable()
        for number, (name, link) in enumerate(tampered(sent, chosen.links, chosen.seed)):
            times[name].append(refusal_seconds(link, store))
            if number % COLLECT_AFTER == 0:
                gc.collect()
        gc.enable()
    show(times)


def show(times: dict[str, list[tuple[float, float]]]) -> None:
    """Print the figures, and how they were made."""
    count = sum(map(len, times.values()))
    compared = median(ours for _, ours in times[COMPARED_WITH])
    shown = Shown(title=f"{count:,} refused links", title_justify="left")
    for title in (
        "class",
        "links",
        "with the store: median, ms",
        "p95, ms",
        "ours: median, ms",
        "p95, ms",
        "ratio",
    ):
        shown.add_column(title, justify="left" if title == "class" else "right")
    for name, took in times.items():
        whole, ours = zip(*took, strict=True)
        columns = (median(whole), _p95(whole), median(ours), _p95(ours))
        figures = (*(f"{seconds * 1000:.3f}" for seconds in columns),)
        ratio = f"{median(ours) / compared:.2f}"
        shown.add_row(name.replace("_", " "), str(len(took)), *figures, ratio)
    console = Console()
    if not console.is_terminal:
        console.width = 120
    console.print(shown)
    console.print(HOW, highlight=False)


def _p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[-1]


if __name__ == "__main__":
    main()
