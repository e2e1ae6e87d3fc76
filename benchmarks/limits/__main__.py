"""`python -m benchmarks.limits`: many ask for restarts at once; is exactly what is allowed done?

The handler of `execute_restart` runs in one thread an attempt, on LocalStack's DynamoDB and against
the mock Qlik server over HTTP. What was executed is counted in Qlik's own log. Exit code 1 if a
limit was exceeded or not used up.
"""

import argparse
import os
import sys
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from benchmarks.limits.storms import Result, one_incident, one_server, paused, whole_fleet
from local.localstack.server import localstack_from_environment
from qlik_monitor.observability import logger

REGION = "eu-west-1"
CAP = 25


def main(arguments: list[str] | None = None) -> int:
    """Let the storms rage; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.limits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--attempts", type=int, default=200, help="at once (default: 200)")
    attempts = parser.parse_args(arguments).attempts
    logger.setLevel("CRITICAL")  # hundreds of lines say what the table counts
    with localstack_from_environment() as stack:
        # A profile or a session of the caller's would lead out of LocalStack.
        for name in [one for one in os.environ if one.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(aws_environment(stack.endpoint))
        results = all_storms(attempts)
    show(results)
    return 0 if all(result.holds for result in results) else 1


def aws_environment(endpoint: str) -> dict[str, str]:
    """Return what points every AWS client of a process at LocalStack."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }


def all_storms(attempts: int) -> list[Result]:
    """Let one after the other rage, and say how far they are."""
    storms: tuple[Callable[[], Result], ...] = (
        lambda: one_incident(attempts),
        lambda: one_server(attempts, CAP),
        lambda: whole_fleet(attempts, 2 * CAP),
        lambda: paused(attempts),
    )
    results = []
    for storm in storms:
        results.append(storm())
        tally = results[-1].tally
        print(f"{tally.name}: {tally.runs} runs, {tally.seconds:.0f} s", flush=True)
    return results


def show(results: list[Result]) -> None:
    """Print the figures."""
    table = Table(title="Restarts asked for at once", title_justify="left")
    for name in ("storm", "runs at Qlik", "allowed", "answers", "transactions", "write units", "s"):
        table.add_column(name, justify="left" if name in ("storm", "answers") else "right")
    for result in results:
        tally = result.tally
        answers = "\n".join(f"{count} {what}" for what, count in sorted(tally.answers.items()))
        repeated = f"\n{tally.steps_repeated} steps repeated" if tally.steps_repeated else ""
        table.add_row(
            tally.name,
            str(tally.runs),
            f"{result.expected_runs}{'' if result.holds else '  BROKEN'}",
            answers + repeated,
            f"{tally.transactions}, {tally.cancelled} lost",
            str(tally.write_units),
            f"{tally.seconds:.1f}",
        )
    console = Console()
    if not console.is_terminal:
        console.width = 140
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
