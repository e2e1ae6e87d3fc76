import socket
import ssl

import pytest
from urllib3 import exceptions as wire

from qlik_monitor.adapters.qlik_transport import nothing_was_sent, timed_out, translated
from qlik_monitor.errors import (
    QlikCertificateInvalid,
    QlikEndpointInvalid,
    QlikUnavailable,
    ReplicationMonitorError,
)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def refused_certificate(code: int, text: str = "text") -> Exception:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, text
    return wire.SSLError(error)


def unresolved(code: int) -> Exception:
    gaierror = socket.gaierror(code, "name not known")
    return caused(wire.NameResolutionError("h", None, gaierror), gaierror)  # type: ignore[arg-type]


def connection_refused() -> Exception:
    error = wire.NewConnectionError(None, "refused")  # type: ignore[arg-type]
    return caused(error, ConnectionRefusedError())


WRONG_VERSION = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
WRONG_VERSION.reason = "WRONG_VERSION_NUMBER"


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (refused_certificate(10), QlikCertificateInvalid, "has expired"),
        (refused_certificate(9), QlikCertificateInvalid, "not valid yet"),
        (refused_certificate(18), QlikCertificateInvalid, "QLIK_CA_BUNDLE"),
        (refused_certificate(19), QlikCertificateInvalid, "QLIK_CA_BUNDLE"),
        (refused_certificate(20), QlikCertificateInvalid, "QLIK_CA_BUNDLE"),
        (refused_certificate(62), QlikCertificateInvalid, "is for another host"),
        (refused_certificate(64), QlikCertificateInvalid, "is for another host"),
        (refused_certificate(99, "odd"), QlikCertificateInvalid, "odd"),
        (wire.SSLError(WRONG_VERSION), QlikEndpointInvalid, "does not speak TLS"),
        (wire.SSLError(ssl.SSLEOFError(8, "EOF")), QlikUnavailable, "broke"),
        (unresolved(socket.EAI_NONAME), QlikEndpointInvalid, "No address is known"),
        (unresolved(socket.EAI_AGAIN), QlikUnavailable, "DNS"),
        (connection_refused(), QlikUnavailable, "refuses the connection"),
        (wire.ConnectTimeoutError(None, "x"), QlikUnavailable, "cannot be reached"),
        (wire.ReadTimeoutError(None, "/", "x"), QlikUnavailable, "did not answer in time"),  # type: ignore[arg-type]
        (TimeoutError("trickle"), QlikUnavailable, "did not answer in time"),
        (wire.ProtocolError("Connection aborted."), QlikUnavailable, "broke"),
        (wire.ProxyError("x", OSError("y")), QlikUnavailable, "HTTPS_PROXY"),
    ],
)
def test_each_trouble_is_one_sentence_with_its_remedy(
    error: Exception, kind: type[ReplicationMonitorError], said: str
) -> None:
    trouble = translated(error, "GET /x", "h:1")

    assert type(trouble) is kind
    assert said in str(trouble)
    assert "\n" not in str(trouble)


@pytest.mark.parametrize(
    ("error", "unsent"),
    [
        (connection_refused(), True),
        (unresolved(socket.EAI_NONAME), True),
        (wire.ConnectTimeoutError(None, "x"), True),
        (refused_certificate(10), True),
        (wire.ProxyError("x", connection_refused()), True),
        (wire.ProxyError("x", OSError("reset")), False),
        (wire.ProtocolError("Connection aborted."), False),
        (wire.ReadTimeoutError(None, "/", "x"), False),  # type: ignore[arg-type]
        (TimeoutError("trickle"), False),
    ],
)
def test_only_what_surely_never_left_counts_as_unsent(error: Exception, unsent: bool) -> None:
    assert nothing_was_sent(error) is unsent


def test_a_late_answer_is_told_from_a_late_connection() -> None:
    late = wire.ReadTimeoutError(None, "/", "x")  # type: ignore[arg-type]

    assert timed_out(caused(QlikUnavailable("x"), late))
    assert not timed_out(caused(QlikUnavailable("x"), wire.ConnectTimeoutError(None, "x")))
