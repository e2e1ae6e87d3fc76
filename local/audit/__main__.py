"""`python -m local.audit INCIDENT`: show the trail of an incident's approvals, or export it.

INCIDENT is what `make explain` takes, or the id of an incident that is not stored any more: the
trail outlives it. With --all, the trails of all incidents, for which the whole table is read. It
only reads. Exit code 0: shown. 1: there is no such incident. 2: the table could not be read, or an
argument is wrong.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import ValidationError
from rich.console import Console

from local.audit.as_table import table_of
from local.explain.search import find_incident
from local.history.command import (
    CANNOT_READ,
    complain,
    exit_code_of,
    leave,
    table_parser,
)
from local.history.source import Source, find_source
from local.monitor.report import console, waiting
from local.monitor.settings import environment
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.audit import AuditEntry
from qlik_monitor.domain.audit_export import as_csv, as_json_line
from qlik_monitor.errors import ConfigurationError

EPILOG = """\
With make: make audit INCIDENT="server/task"
For a spreadsheet: make -s audit INCIDENT=20260302T120000-0123456789ab ARGS=--csv > trail.csv
For machines, all of them: make -s audit ARGS="--all --since 2026-11-01 --json" > trails.jsonl
AWS credentials are those of the AWS command line; dynamodb:Query and GetItem on the table are all
that is needed, and dynamodb:Scan for --all.
"""
LONGEST_INCIDENT = 600
OTHER_RELEASE = (
    "an entry is stored in a form that this release does not know: use the release that is deployed"
)


def main(arguments: list[str] | None = None) -> int:
    """Show a trail; return the exit code."""
    options = _parser().parse_args(arguments)
    return exit_code_of(lambda: _told(options))


def _parser() -> argparse.ArgumentParser:
    parser = table_parser("local.audit", __doc__, EPILOG)
    parser.add_argument("incident", type=_incident, nargs="?", metavar="INCIDENT")
    parser.add_argument("--all", action="store_true", help="the trails of all incidents")
    parser.add_argument("--since", type=_day, metavar="DAY", help="nothing before this day (UTC)")
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print one JSON object a line")
    forms.add_argument("--csv", action="store_true", help="print CSV with a heading")
    return parser


def _incident(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_INCIDENT:
        raise argparse.ArgumentTypeError(
            f"INCIDENT has {len(text)} characters, and 1 to {LONGEST_INCIDENT} are allowed"
        )
    return text.strip()


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-01") from None


def _told(options: argparse.Namespace) -> int:
    try:
        _run(options)
    except ValidationError:
        complain(OTHER_RELEASE)
        return CANNOT_READ
    return 0


def _run(options: argparse.Namespace) -> None:
    if bool(options.incident) is options.all:
        raise ConfigurationError("expected either INCIDENT, or --all for the trails of all")
    source = find_source(options.table, environment(options.env_file))
    with waiting(f"Reading {source.found}"):
        found = _everything(source) if options.all else _of(source, options.incident)
    entries = [one for one in found if options.since is None or one.at >= options.since]
    if options.csv:
        # Its lines end as RFC 4180 says, whatever the system's own are.
        sys.stdout.write(as_csv(entries))
    elif options.json:
        for entry in entries:
            print(as_json_line(entry))
    else:
        _print(console(), entries, of_all=options.all)


def _of(source: Source, wanted: str) -> tuple[AuditEntry, ...]:
    trail = DynamoDbAudit(source.table)
    # Kept for longer than its incident, so it is looked for first.
    if "/" not in wanted and (entries := trail.of(wanted)):
        return entries
    incidents, restarts = DynamoDbIncidents(source.table), DynamoDbRestarts(source.table)
    return trail.of(find_incident(wanted, incidents, restarts).id)


def _everything(source: Source) -> tuple[AuditEntry, ...]:
    pages: list[int] = []
    entries = DynamoDbAudit(source.table).everything(pages.append)
    complain(f"{len(entries)} entries found; all {sum(pages)} items of the table were read")
    return entries


def _print(out: Console, entries: Sequence[AuditEntry], *, of_all: bool) -> None:
    if entries:
        out.print(table_of(entries, of_all=of_all))
    else:
        out.print("No entry: nobody was asked, or it is longer ago than the trail is kept.")


if __name__ == "__main__":
    leave(main())
