"""What the commands that read the agent's table have in common: their options, and how they end."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from local.history.hints import with_hint
from local.monitor.text import plain
from qlik_monitor.errors import ReplicationMonitorError

NOTHING_FOUND, CANNOT_READ, INTERRUPTED = 1, 2, 130
LONGEST_SENTENCE = 2000


class NothingFound(Exception):
    """The table was read, and what was meant is not in it; the message says what is."""


def table_parser(name: str, description: str | None, epilog: str) -> argparse.ArgumentParser:
    """Begin the options of `python -m name`: where the table and its settings are found."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=epilog,
    )
    parser.add_argument("--table", metavar="NAME", help="the table, in place of TABLE_NAME")
    parser.add_argument("--env-file", type=Path, metavar="FILE", help="read this, not .env")
    return parser


def exit_code_of(run: Callable[[], int]) -> int:
    """Run a command; return its exit code, or that of what it met, which is told."""
    try:
        return run()
    except NothingFound as nothing:
        complain(str(nothing))
        return NOTHING_FOUND
    except ReplicationMonitorError as error:
        complain(with_hint(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        # Python's own exit code for this would be 1: nothing found.
        traceback.print_exc()
        complain(f"unexpected: {type(error).__name__}: {error}")
    return CANNOT_READ


def complain(sentence: str) -> None:
    """Say what went wrong, where no machine reads the answer."""
    print(plain(sentence, LONGEST_SENTENCE), file=sys.stderr)


def leave(code: int) -> NoReturn:
    """End the process; after an interruption at once, without waiting for threads."""
    if code == INTERRUPTED:
        os._exit(code)
    sys.exit(code)
