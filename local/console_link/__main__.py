"""`python -m local.console_link`: mint a link that signs one person in to the console, once.

The link works for ten minutes and becomes a session of eight hours. Whoever may write the table
may mint one: dynamodb:PutItem on it is all that is needed. The table and the console's address are
those of a running `make local-up`, else those of `terraform apply`; --table and --url name others.
Exit code 0: the link is printed. 2: it could not be made.
"""

import argparse
import getpass
import sys
from datetime import UTC, datetime

from local.console_link.minting import mint_link
from local.history.command import complain, table_parser
from local.history.source import Source, find_source
from local.monitor.settings import environment
from local.monitor.text import plain
from qlik_monitor.domain.console_session import LINK_LASTS, SESSION_LASTS, Role
from qlik_monitor.errors import ConfigurationError, ReplicationMonitorError

CANNOT = 2
MOST_NAME = 100
EPILOG = 'With make: make console-link ROLE=approver ARGS="--name Ada"'


def main(arguments: list[str] | None = None) -> int:
    """Mint one link; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        source = find_source(options.table, environment(options.env_file))
        address = _address(options.url, source)
        link = mint_link(source.table, address, options.role, options.name, datetime.now(UTC))
    except ReplicationMonitorError as error:
        complain(str(error))
        return CANNOT
    minutes, hours = LINK_LASTS.seconds // 60, SESSION_LASTS.seconds // 3600
    print(
        f"For {plain(options.name)} as {options.role.value}, by {source.found}: "
        f"it works once, within {minutes} minutes, for a session of {hours} hours.",
        file=sys.stderr,
    )
    print(link)
    return 0


def _address(given: str | None, source: Source) -> str:
    if address := given or source.console:
        return address
    raise ConfigurationError(
        "the console's address is not known: pass --url (terraform output -raw console_url says it)"
    )


def _parser() -> argparse.ArgumentParser:
    parser = table_parser("local.console_link", __doc__, EPILOG)
    parser.add_argument(
        "--role", type=_role, default=Role.VIEWER, help="viewer (default) or approver"
    )
    parser.add_argument(
        "--name", type=_name, default=getpass.getuser(), help="whom it is for (default: you)"
    )
    parser.add_argument("--url", metavar="ADDRESS", help="the console's address")
    return parser


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        allowed = ", ".join(role.value for role in Role)
        raise argparse.ArgumentTypeError(f"{text!r}: expected one of: {allowed}") from None


def _name(text: str) -> str:
    if not 0 < len(text.strip()) <= MOST_NAME:
        raise argparse.ArgumentTypeError(f"expected a name of 1 to {MOST_NAME} characters")
    return text.strip()


if __name__ == "__main__":
    sys.exit(main())
