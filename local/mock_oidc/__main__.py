"""`python -m local.mock_oidc`: the mock provider on the command line."""

import argparse
import sys
import threading
from collections.abc import Sequence

from local.mock_oidc.server import MockOidc
from local.mock_oidc.state import USERS, Client

DEFAULT_PORT = 8091


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    options = _parser().parse_args(arguments)
    known = {"redirect_uris": tuple(options.redirect_uri)} if options.redirect_uri else {}
    client = Client(client_id=options.client_id, secret=options.client_secret, **known)
    mock = MockOidc(client, host=options.host, port=options.port)
    try:
        mock.start()
    except OSError as error:
        where = f"{options.host}:{options.port}"
        print(f"mock_oidc: can't listen on {where}: {error.strerror or error}", file=sys.stderr)
        return 1
    try:
        _introduce(mock)
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    finally:
        mock.stop()
    return 0


def _introduce(mock: MockOidc) -> None:
    kind = "with the secret you gave" if mock.client.secret else "public: no secret, PKCE alone"
    print(f"issuer    {mock.issuer}")
    print(f"client    {mock.client.client_id} ({kind})")
    print(f"returns   to {', '.join(mock.client.redirect_uris)}")
    print(f"users     {', '.join(f'{user.login} ({user.email})' for user in USERS)}")
    print(f"control   {mock.issuer}/_mock/state", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.mock_oidc",
        description="A mock OpenID Connect provider: a user name logs in.",
        epilog="Give the issuer to a stack on this machine as oidc_issuer.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port to listen on, 0 for any (%(default)s)"
    )
    parser.add_argument(
        "--client-id", default="qlik-console", help="the program that may ask (%(default)s)"
    )
    parser.add_argument("--client-secret", default="", help="its secret; none for a public client")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        metavar="PATTERN",
        help="where browsers may be sent back to; any port of this machine",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
