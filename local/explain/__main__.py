"""`python -m local.explain INCIDENT`: tell one incident from its facts to what came of it.

INCIDENT is an id as messages tell it, the beginning of an open one's, `server/task`, a server, or
`endpoint NAME`. Without it, every open incident is listed, the newest first. It only reads the
table: the one that TABLE_NAME or --table names, else that of a running `make local-up`, else that
of `terraform apply`. Exit code 0: shown. 1: there is no such incident. 2: the table could not be
read, or an argument is wrong.
"""

import argparse
from datetime import UTC, datetime

from pydantic import ValidationError
from rich.console import Console

from local.explain.as_json import explanation_json, open_json
from local.explain.as_text import print_explanation, print_open
from local.explain.search import find_incident, newest_first
from local.history.command import (
    CANNOT_READ,
    complain,
    exit_code_of,
    leave,
    table_parser,
)
from local.history.source import find_source
from local.monitor.report import console, waiting
from local.monitor.settings import environment
from qlik_monitor.adapters.dynamodb_accounts import read_account
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.explanation import explain

EPILOG = """\
With make: make explain INCIDENT=20260302T120000-0123456789ab
           make explain INCIDENT="server/task"
           make explain
For machines: make -s explain INCIDENT=... ARGS=--json
AWS credentials and the region are those of the AWS command line; dynamodb:Query, GetItem and
BatchGetItem on the table are all that is needed. No secret and no task token is shown.
"""
LONGEST_INCIDENT = 600
"""A server's and a task's name have 255 characters each at most."""
WIDTH_OF_A_LOG, WIDEST = 80, 100
OTHER_RELEASE = (
    "an incident is stored in a form that this release does not know: use the release that is "
    "deployed"
)


def main(arguments: list[str] | None = None) -> int:
    """Explain one incident, or list those that are open; return the exit code."""
    options = _parser().parse_args(arguments)
    return exit_code_of(lambda: _told(options))


def _parser() -> argparse.ArgumentParser:
    parser = table_parser("local.explain", __doc__, EPILOG)
    parser.add_argument("incident", type=_incident, nargs="?", metavar="INCIDENT")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--width", type=_width, help="characters a line (default: the terminal's)")
    return parser


def _incident(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_INCIDENT:
        raise argparse.ArgumentTypeError(
            f"INCIDENT has {len(text)} characters, and 1 to {LONGEST_INCIDENT} are allowed"
        )
    return text.strip()


def _width(text: str) -> int:
    if not text.isdecimal() or not 40 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 40 to 1000")
    return int(text)


def _told(options: argparse.Namespace) -> int:
    try:
        return _run(options)
    except ValidationError:
        complain(OTHER_RELEASE)
        return CANNOT_READ


def _run(options: argparse.Namespace) -> int:
    source = find_source(options.table, environment(options.env_file))
    incidents, now = DynamoDbIncidents(source.table), datetime.now(UTC)
    with waiting(f"Reading {source.found}"):
        if options.incident is None:
            opened = newest_first(incidents)
        else:
            restarts = DynamoDbRestarts(source.table)
            incident = find_incident(options.incident, incidents, restarts)
            explained = explain(read_account(source.table, incident, now))
    out = _console(options.width)
    if options.incident is None:
        print(open_json(opened)) if options.json else print_open(out, opened, now)
    elif options.json:
        print(explanation_json(explained))
    else:
        print_explanation(out, explained)
    return 0


def _console(width: int | None) -> Console:
    out = console()
    out.width = width or (min(out.width, WIDEST) if out.is_terminal else WIDTH_OF_A_LOG)
    return out


if __name__ == "__main__":
    leave(main())
