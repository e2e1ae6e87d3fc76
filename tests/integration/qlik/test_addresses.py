"""A wrong address, a wrong certificate: one sentence that says what to mend."""

import datetime as dt
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from local.mock_qlik.server import MockQlik
from qlik_monitor.adapters.qlik_platform import QlikCredentials
from qlik_monitor.errors import (
    QlikCertificateInvalid,
    QlikEndpointInvalid,
    QlikUnavailable,
    ReplicationMonitorError,
)
from tests.integration.qlik.platforms import TOKEN, a_platform
from tests.integration.qlik.scripted import Reply, json_reply, one_server, scripted

pytestmark = pytest.mark.usefixtures("no_pauses")

FLEET = {"servers": [{"name": "S", "tasks": [{"name": "T"}]}]}


def a_context(
    authority: trustme.CA, host: str, expires: dt.datetime | None = None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host, not_after=expires).configure_cert(context)
    return context


def a_plain_chain(file: Path) -> str:
    """Write a key and certificate of an authority that adds no newer extension; return its own."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in ("ca", "qem")]
    now = dt.datetime.now(dt.UTC)
    extensions: list[x509.ExtensionType] = [
        x509.BasicConstraints(ca=True, path_length=None),
        x509.SubjectAlternativeName([x509.DNSName("localhost")]),
    ]
    authority, server = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(names[0])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(extension, critical=False)
        .sign(keys[0], hashes.SHA256())
        for name, key, extension in zip(names, keys, extensions, strict=True)
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    secret = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(secret + server.public_bytes(pem))
    return authority.public_bytes(pem).decode()


def trusting(authority: trustme.CA) -> QlikCredentials:
    pem = authority.cert_pem.bytes().decode()
    return QlikCredentials(api_token=SecretStr(TOKEN), ca_bundle=pem)


def sentence_of(url: str, credentials: QlikCredentials | None = None) -> str:
    """Read the fleet, which must fail; return the error's class and text."""
    with (
        a_platform(url, credentials=credentials) as platform,
        pytest.raises(ReplicationMonitorError) as failure,
    ):
        platform.read_fleet()
    sentence = f"{type(failure.value).__name__}: {failure.value}"
    assert "\n" not in sentence
    assert TOKEN not in sentence
    return sentence


@pytest.mark.parametrize("flavor", ["enterprise_manager", "cloud"])
@pytest.mark.parametrize("as_text", [False, True], ids=["path", "text"])
def test_a_private_authority_is_trusted_when_it_is_given(flavor: str, as_text: bool) -> None:
    with MockQlik(FLEET, tls=True) as qlik:
        assert isinstance(qlik.ca_bundle, Path)
        bundle = qlik.ca_bundle.read_text() if as_text else str(qlik.ca_bundle)
        credentials = QlikCredentials(api_token=SecretStr(TOKEN), ca_bundle=bundle)
        with a_platform(qlik.url, credentials=credentials, flavor=flavor) as platform:
            assert len(platform.read_fleet().tasks) == 1


def test_a_bundle_on_one_line_is_understood() -> None:
    authority = trustme.CA()
    one_line = authority.cert_pem.bytes().decode().replace("\n", "\\n")
    credentials = QlikCredentials(api_token=SecretStr(TOKEN), ca_bundle=one_line)
    with (
        scripted(one_server(), a_context(authority, "localhost")) as qlik,
        a_platform(qlik.url, credentials=credentials) as platform,
    ):
        assert len(platform.read_fleet().tasks) == 1


def test_an_authority_of_the_old_school_is_trusted_when_it_is_given(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("qem") / "server.pem"
    bundle = a_plain_chain(file)
    credentials = QlikCredentials(api_token=SecretStr(TOKEN), ca_bundle=bundle)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with (
        scripted(one_server(), context) as qlik,
        a_platform(qlik.url, credentials=credentials) as platform,
    ):
        assert len(platform.read_fleet().tasks) == 1


def test_an_unknown_authority_asks_for_the_bundle() -> None:
    with scripted(one_server(), a_context(trustme.CA(), "localhost")) as qlik:
        for credentials in (None, trusting(trustme.CA())):
            sentence = sentence_of(qlik.url, credentials)

            assert sentence.startswith("QlikCertificateInvalid: The certificate of localhost")
            assert "QLIK_CA_BUNDLE" in sentence
    assert qlik.requests == []


def test_an_expired_certificate_asks_for_a_new_one() -> None:
    authority = trustme.CA()
    expired = a_context(authority, "localhost", dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with scripted(one_server(), expired) as qlik:
        assert "has expired: renew it" in sentence_of(qlik.url, trusting(authority))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_for_another_host_says_so(host: str) -> None:
    authority = trustme.CA()
    with scripted(one_server(), a_context(authority, "other.example")) as qlik:
        url = qlik.url.replace("localhost", host)
        sentence = sentence_of(url, trusting(authority))

    assert sentence.startswith(QlikCertificateInvalid.__name__)
    assert "is for another host" in sentence


def test_a_port_that_speaks_no_tls_is_told_from_a_bad_certificate() -> None:
    with scripted(one_server()) as qlik:
        sentence = sentence_of(qlik.url.replace("http:", "https:"))

    assert sentence.startswith(QlikEndpointInvalid.__name__)
    assert "does not speak TLS" in sentence


def test_a_port_where_nothing_listens_says_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        sentence = sentence_of(f"https://127.0.0.1:{free.getsockname()[1]}")

    assert sentence.startswith(QlikUnavailable.__name__)
    assert "refuses the connection" in sentence


def test_a_host_without_an_address_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    sentence = sentence_of("https://nowhere.invalid")

    assert sentence == (
        "QlikEndpointInvalid: No address is known for the host nowhere.invalid: "
        "check QLIK_API_ENDPOINT and the DNS"
    )


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(404, b"<html>Not found</html>"), "is not Qlik's API (HTTP 404)"),
        (Reply(200, b"<!doctype html>"), "is not Qlik's API (a web page)"),
        (Reply(200), "answers the login without a session"),
        (json_reply({"hello": "world"}), "answers the login without a session"),
        (
            Reply(302, headers={"Location": "https://sso.example"}),
            "redirects to https://sso.example",
        ),
        (Reply(307, headers={"Location": "http://a\x1b.example"}), "redirects to http://a"),
    ],
    ids=["404", "web page", "empty", "other API", "302", "307"],
)
def test_what_is_not_qlik_s_api_is_said_to_be_none(reply: Reply, said: str) -> None:
    with scripted(lambda _request: reply) as qlik:
        sentence = sentence_of(qlik.url)

    assert sentence.startswith(QlikEndpointInvalid.__name__)
    assert said in sentence
    assert len(qlik.requests) == 1


def test_a_redirect_is_not_followed_with_credentials() -> None:
    with scripted(lambda _request: Reply(404)) as elsewhere:
        redirect = Reply(308, headers={"Location": f"{elsewhere.url}/login"})
        with scripted(lambda _request: redirect) as qlik:
            sentence_of(qlik.url)

    assert elsewhere.requests == []
