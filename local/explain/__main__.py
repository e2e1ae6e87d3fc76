"""`python -m local.explain INCIDENT`: tell one incident from its facts to what came of it.

INCIDENT is an id as messages tell it, the beginning of an open one's, `server/task`, a server, or
`endpoint NAME`. Without it, every open incident is listed, the newest first. It only reads the
table: the one that TABLE_NAME or --table names, else that of a running `make local-up`, else that
of `terraform apply`. Exit code 0: shown. 1: there is no such incident. 2: the table could not be
read, or an argument is wrong.
"""

import argparse
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from local.explain.as_json import explanation_json, open_json
from local.explain.as_text import print_explanation, print_open
from local.explain.search import NothingFound, find_incident, newest_first
from local.history.hints import with_hint
from local.history.source import find_source
from local.monitor.report import console, waiting
from local.monitor.settings import environment
from local.monitor.text import plain
from qlik_monitor.adapters.dynamodb_accounts import read_account
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.explanation import explain
from qlik_monitor.errors import ReplicationMonitorError

EPILOG = """\
With make: make explain INCIDENT=20260302T120000-0123456789ab
           make explain INCIDENT="server/task"
           make explain
For machines: make -s explain INCIDENT=... ARGS=--json
AWS credentials and the region are those of the AWS command line; dynamodb:Query, GetItem and
BatchGetItem on the table are all that is needed. No secret and no task token is shown.
"""
NOTHING_FOUND, CANNOT_READ, INTERRUPTED = 1, 2, 130
LONGEST_INCIDENT = 600
"""A server's and a task's name have 255 characters each at most."""
LONGEST_SENTENCE = 2000
WIDTH_OF_A_LOG, WIDEST = 80, 100
OTHER_RELEASE = (
    "an incident is stored in a form that this release does not know: use the release that is "
    "deployed"
)


def main(arguments: list[str] | None = None) -> int:
    """Explain one incident, or list those that are open; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except NothingFound as nothing:
        _complain(str(nothing))
        return NOTHING_FOUND
    except ReplicationMonitorError as error:
        _complain(with_hint(error))
    except ValidationError:
        _complain(OTHER_RELEASE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        # Python's own exit code for this would be 1: nothing found.
        traceback.print_exc()
        _complain(f"unexpected: {type(error).__name__}: {error}")
    return CANNOT_READ


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.explain",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EPILOG,
    )
    parser.add_argument("incident", type=_incident, nargs="?", metavar="INCIDENT")
    parser.add_argument("--table", metavar="NAME", help="the table, in place of TABLE_NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--width", type=_width, help="characters a line (default: the terminal's)")
    parser.add_argument("--env-file", type=Path, metavar="FILE", help="read this, not .env")
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


def _complain(sentence: str) -> None:
    print(plain(sentence, LONGEST_SENTENCE), file=sys.stderr)


if __name__ == "__main__":
    ended = main()
    if ended == INTERRUPTED:
        os._exit(ended)
    sys.exit(ended)
