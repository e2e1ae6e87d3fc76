"""Translates what can go wrong below HTTP into our errors, each one sentence with its remedy."""

import socket
import ssl
from collections.abc import Iterator

from urllib3 import exceptions as wire

from qlik_monitor.adapters.qlik_tls import certificate_fault
from qlik_monitor.errors import (
    QlikCertificateInvalid,
    QlikEndpointInvalid,
    QlikUnavailable,
    ReplicationMonitorError,
)

_UNSENT = (wire.NewConnectionError, wire.ConnectTimeoutError, wire.LocationValueError)


def translated(error: Exception, asked: str, host: str) -> ReplicationMonitorError:
    """Return our error for one of urllib3's; `asked` says what was asked of `host`."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return QlikCertificateInvalid(f"The certificate of {host} {certificate_fault(cause)}")
        if isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN:
            return QlikEndpointInvalid(
                f"No address is known for the host {host}: check QLIK_API_ENDPOINT and the DNS"
            )
        if isinstance(cause, ssl.SSLError) and _not_tls(cause):
            return QlikEndpointInvalid(
                f"What answers at {host} does not speak TLS as this client does "
                f"({cause.reason}): check the port in QLIK_API_ENDPOINT"
            )
    return QlikUnavailable(f"{asked}: {_why(error, host)}")


def nothing_was_sent(error: Exception) -> bool:
    """Tell whether the request surely never reached Qlik."""
    if isinstance(error, wire.ProxyError):
        return isinstance(error.original_error, _UNSENT)
    refused = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
    return refused or isinstance(error, _UNSENT)


def timed_out(error: BaseException) -> bool:
    """Tell whether one of our errors stands for an answer that did not come in time."""
    return isinstance(error.__cause__, (wire.ReadTimeoutError, TimeoutError))


def _not_tls(error: ssl.SSLError) -> bool:
    # A connection that breaks during the handshake says nothing about the other side.
    broken = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return bool(getattr(error, "reason", "")) and not isinstance(error, broken)


def _why(error: Exception, host: str) -> str:
    if any(isinstance(cause, ConnectionRefusedError) for cause in _causes(error)):
        return f"{host} refuses the connection: is Qlik up, and is the port the right one?"
    if isinstance(error, wire.NameResolutionError):
        return f"the DNS does not tell the address of {host} at the moment"
    if isinstance(error, wire.ProxyError):
        return f"the proxy on the way to {host} does not connect: check HTTPS_PROXY and NO_PROXY"
    if isinstance(error, (wire.NewConnectionError, wire.ConnectTimeoutError)):
        return f"{host} cannot be reached: check the route and the firewalls to it"
    if isinstance(error, (wire.ReadTimeoutError, TimeoutError)):
        return f"{host} did not answer in time"
    return f"the connection to {host} broke ({type(error).__name__})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all that it wraps, in whichever way it wraps them."""
    waiting, known = [error], set[int]()
    while waiting:
        current = waiting.pop()
        if id(current) in known:
            continue
        known.add(id(current))
        yield current
        wrapped = [current.__cause__, current.__context__, *current.args]
        waiting += [cause for cause in wrapped if isinstance(cause, BaseException)]
