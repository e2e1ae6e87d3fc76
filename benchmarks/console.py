"""`python -m benchmarks.console`: how quick the console's pages are, and how large.

The handler runs in this process on moto's DynamoDB, so that processor time is what is measured:
of the handler, of boto3 and of moto together, with DynamoDB's own time and the network left out.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import boto3
from moto import mock_aws
from rich.console import Console
from rich.table import Table as Shown

from benchmarks.console_fleet import FleetSize, fill
from benchmarks.moto_table import create_table
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.adapters.secrets import console_key
from qlik_monitor.domain.console_session import Role, cookie_of, id_of, new_sign_in

SECRET = "s" * 32
REPEATED = 5
TASK = {"server": "replicate-prod-01", "task": "SAP_ORDERS_0000_TO_SNOWFLAKE"}
PAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "Fleet": ("/console", {}),
    "Fleet, page 100": ("/console", {"page": "100"}),
    "Fleet, searched": ("/console", {"q": "crm_orders"}),
    "Task, 1 day": ("/console/task", TASK),
    "Task, 14 days": ("/console/task", TASK | {"span": "14d"}),
    "Incidents": ("/console/incidents", {}),
    "Incidents, last page": ("/console/incidents", {"page": "99999"}),
    "Automation": ("/console/automation", {}),
    "Health": ("/console/health", {}),
}


@dataclass(frozen=True)
class Lambda:
    """The part of Lambda's context that is read."""

    function_name: str = "console"
    function_version: str = "1"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:console"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"


@contextmanager
def a_filled_stack(size: FleetSize) -> Iterator[str]:
    """Mock AWS with a fleet in it; give the cookie of somebody who signed in."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "POWERTOOLS_SERVICE_NAME": "benchmark",
        "POWERTOOLS_LOG_LEVEL": "WARNING",
        "TABLE_NAME": "agent",
        "APPROVAL_BASE_URL": "http://127.0.0.1/v1",
        "TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:notices",
    }
    with mock_aws():
        create_table("agent")
        key = json.dumps({"key_id": "k1", "key": "a-key-of-this-benchmark"})
        secret = boto3.client("secretsmanager").create_secret(Name="approval", SecretString=key)
        os.environ["APPROVAL_SECRET_ARN"] = secret["ARN"]
        table = boto3.resource("dynamodb").Table("agent")
        now = datetime.now(UTC)
        fill(table, size, now)
        sign_ins = DynamoDbSignIns(table)
        sign_ins.mint(new_sign_in(SECRET, Role.APPROVER, "Ada", now))
        used = sign_ins.use(id_of(SECRET), now)
        assert used
        yield f"console={cookie_of(used, console_key(secret['ARN']))}"


def ask(
    path: str, query: Mapping[str, str], cookie: str, method: str = "GET", body: str | None = None
) -> dict[str, Any]:
    """Call the handler as API Gateway does."""
    # Only now is the environment there that the modules read when they are imported.
    from functions.console.handler import handler  # noqa: PLC0415

    headers = {"Cookie": cookie, "Host": "127.0.0.1"}
    event = {
        "resource": "/console/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": {n: [v] for n, v in query.items()} or None,
        "requestContext": {"resourcePath": "/console/{proxy+}", "httpMethod": method},
        "body": body,
        "isBase64Encoded": False,
    }
    return handler(event, Lambda())


def main(arguments: list[str] | None = None) -> None:
    """Measure every page of a fleet with as many open incidents as are asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--tasks-each", type=int, default=500, help="tasks of each server")
    parser.add_argument(
        "--opened", type=int, nargs="+", default=[60, 1000], help="open incidents, a table each"
    )
    chosen = parser.parse_args(arguments)
    for opened in chosen.opened:
        measure(FleetSize(servers=chosen.servers, tasks_each=chosen.tasks_each, opened=opened))


def measure(size: FleetSize) -> None:
    """Measure every page of one fleet and print a table."""
    tasks = f"{size.servers * size.tasks_each:,} tasks on {size.servers} servers"
    shown = Shown(title=f"{tasks}, {size.opened:,} open incidents")
    for title in ("page", "status", "first, s", "then, s", "kB"):
        shown.add_column(title, justify="left" if title == "page" else "right")
    with a_filled_stack(size) as cookie:
        for name, (path, query) in PAGES.items():
            times, answer = [], {}
            for _ in range(REPEATED):
                began = time.perf_counter()
                answer = ask(path, query, cookie)
                times.append(time.perf_counter() - began)
            kilobytes = len(answer["body"].encode()) / 1024
            then = median(times[1:])
            status = str(answer["statusCode"])
            shown.add_row(name, status, f"{times[0]:.3f}", f"{then:.3f}", f"{kilobytes:.1f}")
    Console().print(shown)


if __name__ == "__main__":
    main()
