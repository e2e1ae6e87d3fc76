"""A certificate for the mock server, from an authority that it makes at each start."""

import ssl
from pathlib import Path

import trustme


def server_context(ca_file: Path, *hosts: str) -> ssl.SSLContext:
    """Make an authority and a certificate for these hosts; write the authority's PEM."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*dict.fromkeys(("localhost", "127.0.0.1", "::1", *hosts))).configure_cert(
        context
    )
    ca_file.parent.mkdir(parents=True, exist_ok=True)
    authority.cert_pem.write_to_path(str(ca_file))
    return context
