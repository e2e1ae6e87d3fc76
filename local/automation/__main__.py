"""`python -m local.automation [show|pause|resume]`: stop the agent at once, and let it go on.

A pause takes effect with the next restart that would be made, the approved ones too: each checks it
in the very transaction that lets it happen. A task that was stopped already is still run again.
Detection, proposals and approvals go on. Exit code 0: done, or it was so already. 2: it failed.
"""

import argparse
import getpass
import os
import sys
from datetime import UTC, datetime

from local.automation.overview import overview
from local.history.command import complain, table_parser
from local.history.hints import with_hint
from local.history.source import Source, find_source
from local.monitor.settings import environment
from local.monitor.text import plain
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_overview import read_overview
from qlik_monitor.domain.automation import MAX_WORDS, Automation
from qlik_monitor.domain.limits import clock
from qlik_monitor.errors import ReplicationMonitorError
from qlik_monitor.settings import LimitSettings

EPILOG = """\
With make: make pause REASON="database upgrade", make resume-automation, make automation
The table is the one that TABLE_NAME or --table names, else that of a running `make local-up`, else
that of `terraform apply`. AWS credentials are those of the AWS command line; they need
dynamodb:GetItem and dynamodb:PutItem on the table, and dynamodb:Query to show the limits.
"""
FAILED = 2


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        known = environment(options.env_file)
        source = find_source(options.table, known)
        if options.what == "show":
            limits = LimitSettings.from_environment(known).limits()
            found = read_overview(source.table, limits, datetime.now(UTC))
            print("\n".join(overview(found, limits)))
        else:
            _switch(options, source)
        print(f"({source.found})")
    except ReplicationMonitorError as error:
        complain(with_hint(error))
        return FAILED
    return 0


def _switch(options: argparse.Namespace, source: Source) -> None:
    switch, now = DynamoDbAutomation(source.table), datetime.now(UTC)
    before = switch.state()
    if options.what == "pause":
        after = switch.pause(options.by, options.reason, now)
    else:
        after = switch.resume(options.by, now)
    print(_said(before, after))


def _said(before: Automation, after: Automation) -> str:
    same = "already " if before.paused is after.paused else ""
    if not after.paused:
        return f"automation {'was not paused' if same else 'goes on'}"
    since = f" since {clock(after.at)}" if after.at else ""
    why = f": {plain(after.reason)}" if after.reason else ""
    return f"automation is {same}paused{since} by {plain(after.by)}{why}"


def _parser() -> argparse.ArgumentParser:
    parser = table_parser("local.automation", __doc__, EPILOG)
    parser.add_argument("what", nargs="?", choices=("show", "pause", "resume"), default="show")
    parser.add_argument("--reason", type=_words, default="", help="why, for the others to read")
    parser.add_argument("--by", type=_words, default=_me(), help="who (default: your user name)")
    return parser


def _words(text: str) -> str:
    words = plain(text, MAX_WORDS + 1)
    if len(words) > MAX_WORDS:
        raise argparse.ArgumentTypeError(f"{len(text)} characters; at most {MAX_WORDS} are kept")
    return words


def _me() -> str:
    try:
        return getpass.getuser()[:MAX_WORDS]
    except (KeyError, OSError):
        return f"user {os.getuid()}"


if __name__ == "__main__":
    sys.exit(main())
