"""`python -m local.calibration`: show whether the agent's confidences can be believed.

It reads what came of restarts (kept for 90 days) from the table that TABLE_NAME or --table names,
else that of a running `make local-up`, else that of `terraform apply`, and changes nothing. Exit
code 0: shown. 1: no restart has an outcome yet. 2: the table could not be read, or an argument is
wrong.
"""

import argparse
import json

from rich.text import Text

from local.calibration.as_table import conclusion, groups_table, reliability_table
from local.calibration.outcomes import ENOUGH, Outcomes, outcomes_of, read_outcomes
from local.history.command import (
    NOTHING_FOUND,
    complain,
    exit_code_of,
    leave,
    table_parser,
)
from local.history.source import Source, find_source
from local.monitor.report import console, waiting
from local.monitor.settings import environment
from local.monitor.text import plain
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents

EPILOG = """\
With make: make calibration. For machines: make -s calibration ARGS=--json
AWS credentials and the region are those of the AWS command line; dynamodb:Query on the table is
all that is needed.
"""


def main(arguments: list[str] | None = None) -> int:
    """Show the calibration; return the exit code."""
    options = _parser().parse_args(arguments)
    return exit_code_of(lambda: _run(options))


def _parser() -> argparse.ArgumentParser:
    parser = table_parser("local.calibration", __doc__, EPILOG)
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    return parser


def _run(options: argparse.Namespace) -> int:
    source = find_source(options.table, environment(options.env_file))
    with waiting(f"Reading {source.found}"):
        outcomes = outcomes_of(read_outcomes(DynamoDbPrecedents(source.table)))
    if options.json:
        print(_as_json(outcomes))
    elif outcomes.count:
        _print(outcomes, source)
    if not outcomes.count:
        complain(f"{source.found} holds no restart whose outcome is known: nothing to compare")
        return NOTHING_FOUND
    return 0


def _as_json(outcomes: Outcomes) -> str:
    groups = [
        {
            "outcomes_of": group.name,
            "confidence": group.kind.value,
            "enough": group.enough,
            **group.calibration.model_dump(mode="json"),
        }
        for group in outcomes.groups
    ]
    document = {
        "count": outcomes.count,
        "without_confidence": outcomes.without_confidence,
        "enough_from": ENOUGH,
        "groups": groups,
    }
    return json.dumps(document, indent=1)


def _print(outcomes: Outcomes, source: Source) -> None:
    out = console()
    out.print(groups_table(outcomes))
    out.print(reliability_table(outcomes))
    for line in conclusion(outcomes):
        out.print(line)
    out.print(Text(f"Read from {plain(source.found)}; nothing was changed.", style="dim"))


if __name__ == "__main__":
    leave(main())
