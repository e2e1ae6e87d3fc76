"""TLS towards Qlik: whom to trust, and what to mend when a certificate is refused."""

import ssl
from pathlib import Path

from qlik_monitor.errors import ConfigurationError

_PEM_MARK = "-----BEGIN"
_ANOTHER_HOST = "is for another host: let QLIK_API_ENDPOINT use a name that the certificate holds"
_UNKNOWN_AUTHORITY = (
    "is signed by an authority that is not trusted here: "
    "give that authority's certificate (PEM) as QLIK_CA_BUNDLE"
)
# OpenSSL's X509_V_ERR_* numbers.
_FAULTS = {
    9: "is not valid yet: check the clocks of both machines",
    10: "has expired: renew it on the Qlik server",
    18: _UNKNOWN_AUTHORITY,
    19: _UNKNOWN_AUTHORITY,
    20: _UNKNOWN_AUTHORITY,
    21: _UNKNOWN_AUTHORITY,
    62: _ANOTHER_HOST,
    64: _ANOTHER_HOST,
}


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return a context that verifies: public authorities, or those of `ca_bundle` alone.

    `ca_bundle` is the path of a PEM file or the PEM text itself.
    """
    if not ca_bundle:
        return ssl.create_default_context()
    try:
        context = ssl.create_default_context(cadata=_pem(ca_bundle))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigurationError(
            "QLIK_CA_BUNDLE: no readable PEM certificate in it; "
            "allowed are the path of a PEM file or the PEM text itself"
        ) from error
    # Python 3.13 also demands the newest certificate extensions, which older private authorities
    # lack. Chain, dates and host stay verified.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def certificate_fault(error: ssl.SSLCertVerificationError) -> str:
    """Return what is wrong with a refused certificate and what to do about it."""
    unknown = f"is not acceptable ({error.verify_message})"
    return _FAULTS.get(error.verify_code, unknown)


def _pem(ca_bundle: str) -> str:
    if _PEM_MARK in ca_bundle:
        # One-line environment files carry line breaks as backslash and n.
        return ca_bundle.replace("\\n", "\n")
    try:
        return Path(ca_bundle).read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"QLIK_CA_BUNDLE={ca_bundle[:200]!r}: cannot be read; "
            "allowed are the path of a PEM file or the PEM text itself"
        ) from error
