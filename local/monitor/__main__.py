"""`python -m local.monitor`: read the configured Qlik once and show what is ill.

It only reads, and needs no AWS. Settings come from the environment and from .env. Exit code 0: all
is healthy. 1: something is ill. 2: Qlik could not be read whole, or a setting is wrong.
"""

import argparse
import os
import sys
import traceback
from pathlib import Path

from local.alert_rules.reading import DEFAULT_NAME, ReadRules, read_rules
from local.monitor.advice import Adviser, incidents_of
from local.monitor.as_json import as_json
from local.monitor.checkup import NOT_READ_WHOLE, Checkup
from local.monitor.look import Look
from local.monitor.model import analyst_of
from local.monitor.report import console, print_limits, print_report, waiting
from local.monitor.settings import MonitorSettings, monitor_settings
from local.monitor.text import plain
from qlik_monitor.errors import ConfigurationError, ReplicationMonitorError

EPILOG = """\
Needed: QLIK_API_ENDPOINT, and QLIK_API_TOKEN or QLIK_USERNAME with QLIK_PASSWORD.
Read as well: QLIK_FLAVOR, QLIK_CA_BUNDLE, QLIK_CONCURRENCY, LAG_THRESHOLD_SECONDS,
STUCK_TASK_THRESHOLD_SECONDS, RECOVERY_THRESHOLD_SECONDS, MAX_RESTART_ATTEMPTS,
AUTO_RESTART_ENABLED, AUTO_RESTART_MIN_CONFIDENCE; for --ask-model: OPENAI_API_KEY, OPENAI_MODEL,
OPENAI_BASE_URL, OPENAI_TIMEOUT_SECONDS.
With make: make -s monitor ARGS=--json
"""
ROOT = Path(__file__).resolve().parents[2]
INTERRUPTED = 130
LONGEST_SENTENCE = 2000


def main(arguments: list[str] | None = None) -> int:
    """Look once; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.json and options.ask_model:
        parser.error("--ask-model has no place with --json, which shows no proposals")
    try:
        return _run(options)
    except ReplicationMonitorError as error:
        return _failed(str(error), options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        # Python's own exit code for this would be 1: something is ill.
        traceback.print_exc()
        return _failed(f"unexpected: {type(error).__name__}: {error}", options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.monitor",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=EPILOG,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--all", action="store_true", help="list healthy tasks too")
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="remember readings here, to compare with"
    )
    parser.add_argument(
        "--ask-model",
        action="store_true",
        help="let OPENAI_MODEL propose, not the rules; this costs money",
    )
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help=f"judge by these alerting rules, not by {DEFAULT_NAME} where it is there",
    )
    parser.add_argument("--env-file", type=Path, metavar="FILE", help="read this, not .env")
    return parser


def _run(options: argparse.Namespace) -> int:
    settings = monitor_settings(options.env_file)
    rules = _rules(options.rules)
    opt_out_tags = frozenset(rules.file.opt_out_tags if rules else ())
    # A missing key is told before anything is read.
    with analyst_of(settings, wanted=options.ask_model) as analyst:
        look = Look.taken(settings, options.state, rules)
        if options.json:
            _print_json(look.checkup)
        else:
            _print(
                look,
                Adviser(settings.policy(opt_out_tags), analyst),
                settings,
                show_all=options.all,
            )
    remembered = options.state is None or _remember(look, options.state)
    return look.checkup.exit_code if remembered else NOT_READ_WHOLE


def _rules(chosen: Path | None) -> ReadRules | None:
    """Read the rules that a build would take; raises AlertRulesInvalid."""
    path = chosen.absolute() if chosen else ROOT / DEFAULT_NAME
    return read_rules(path, ROOT) if chosen or path.exists() else None


def _print_json(checkup: Checkup) -> None:
    print(as_json(checkup))
    # The object has a place for tasks only; what ails a server must not go unsaid.
    for server, anomalies in checkup.servers.items():
        for anomaly in anomalies:
            _complain(f"{server}: {anomaly.kind.value}: {anomaly.summary}")


def _print(look: Look, adviser: Adviser, settings: MonitorSettings, *, show_all: bool) -> None:
    incidents = incidents_of(look.reading, look.findings)
    with waiting("Working out proposals"):
        advices = {one.incident.subject: one for one in adviser.advise(incidents)}
    out = console()
    print_report(out, look.endpoint, look.checkup, advices, show_all=show_all)
    proposals = "Proposals are by rules (--ask-model asks the model, for money)"
    if adviser.asked:
        asked = f"{settings.openai_model} was asked about {adviser.asked}"
        proposals = f"{asked}, for {adviser.tokens} tokens in all"
    since = look.memory.observed_at if look.memory else None
    print_limits(out, since, f"{proposals}; earlier restarts are not known here.")


def _remember(look: Look, state: Path) -> bool:
    try:
        look.remember(state)
    except ConfigurationError as error:
        _complain(str(error))
        return False
    return True


def _failed(sentence: str, options: argparse.Namespace) -> int:
    _complain(sentence)
    if options.json:
        print(as_json(Checkup.failed(sentence)))
    return NOT_READ_WHOLE


def _complain(sentence: str) -> None:
    print(plain(sentence, LONGEST_SENTENCE), file=sys.stderr)


if __name__ == "__main__":
    code = main()
    if code == INTERRUPTED:
        # Python would wait for every request that still hangs; whoever interrupts will not.
        os._exit(code)
    sys.exit(code)
