"""`python -m local.rules_check`: check the alerting rules, and explain them for one task.

It reads the rules file alone: neither Qlik nor AWS is asked. Exit code 0: the rules are valid, or
there are none. 2: they cannot be used, or what was asked makes no sense.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from local.alert_rules.reading import DEFAULT_NAME, ReadRules, read_rules
from local.monitor.report import console
from local.monitor.text import plain
from local.rules_check.error_classes import print_class, print_warnings
from local.rules_check.report import print_explanation, print_rules
from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid
from qlik_monitor.domain.applied_rules import AlertRules
from qlik_monitor.domain.explained_rules import explain
from qlik_monitor.domain.task import TaskId
from qlik_monitor.domain.thresholds import Thresholds
from qlik_monitor.errors import ConfigurationError
from qlik_monitor.settings import ThresholdSettings

ROOT = Path(__file__).resolve().parents[2]
INVALID = 2
EPILOG = """\
The deployment's own thresholds are read from LAG_THRESHOLD_SECONDS, STUCK_TASK_THRESHOLD_SECONDS
and RECOVERY_THRESHOLD_SECONDS in the environment, or are the defaults.
With make: make rules-check TASK=prod-eu/orders TAGS=gold,eu AT=2026-11-24T03:00Z
           make rules-check MESSAGE="ORA-03113: end-of-file on communication channel"
"""


def main(arguments: list[str] | None = None) -> int:
    """Check, and explain where a task or a message is named; return the exit code."""
    options = _parser().parse_args(arguments)
    path: Path = options.rules or ROOT / DEFAULT_NAME
    if options.rules is None and not path.exists():
        print(f"There is no {DEFAULT_NAME}, so no alerting rules. docs/ALERT_RULES.md begins one.")
        if options.message is not None:
            print_class(console(), (), options.message)
        return 0
    try:
        rules = read_rules(path.absolute(), ROOT)
        base = ThresholdSettings.from_environment(os.environ).thresholds()
    except AlertRulesInvalid as error:
        print(*(plain(mistake, 500) for mistake in error.mistakes), sep="\n", file=sys.stderr)
        return INVALID
    except ConfigurationError as error:
        print(plain(str(error)), file=sys.stderr)
        return INVALID
    _print(rules, options, base)
    return 0


def _print(rules: ReadRules, options: argparse.Namespace, base: Thresholds) -> None:
    out = console()
    print_warnings(out, rules)
    if options.message is not None:
        print_class(out, rules.file.error_patterns, options.message)
        return
    if options.task is None:
        print_rules(out, rules)
        return
    tags = tuple(tag.strip() for tag in options.tags.split(",") if tag.strip())
    applied = AlertRules(rules.file, base)
    found = explain(applied, rules.place.line_of, options.task, tags, options.at)
    print_explanation(out, rules, found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.rules_check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EPILOG,
    )
    parser.add_argument(
        "--rules", type=Path, metavar="FILE", help=f"the rules; without it {DEFAULT_NAME}"
    )
    parser.add_argument("--task", type=_task, metavar="SERVER/TASK", help="explain them for it")
    parser.add_argument("--message", metavar="TEXT", help="say which class of error a message has")
    parser.add_argument("--tags", default="", metavar="A,B", help="tags that the task carries")
    parser.add_argument(
        "--at",
        type=_moment,
        default=datetime.now(UTC),
        metavar="TIME",
        help="the moment to judge windows at, such as 2026-11-24T03:00Z; without it now",
    )
    return parser


def _task(text: str) -> TaskId:
    try:
        return TaskId.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; add Z for UTC")
    return moment


if __name__ == "__main__":
    sys.exit(main())
