"""How often and after which pauses a read is repeated, and what is never sent along."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_http import READ_ATTEMPTS, QlikHttp
from qlik_monitor.errors import QlikUnavailable
from tests.integration.qlik.platforms import TOKEN, a_platform
from tests.integration.qlik.scripted import Reply, Request, Script, Scripted, one_server, scripted

LATER = 3600


@contextmanager
def a_client(script: Script, pauses: list[float]) -> Iterator[tuple[QlikHttp, Scripted]]:
    with scripted(script) as qlik:
        http = QlikHttp(qlik.url, ssl.create_default_context(), 2, pauses.append)
        try:
            yield http, qlik
        finally:
            http.close()


def test_a_read_is_repeated_a_few_times_after_growing_pauses() -> None:
    pauses: list[float] = []
    with a_client(lambda _request: Reply(500), pauses) as (http, qlik):
        answer = http.get("/x", {}, Deadline.after(LATER))

    assert answer.status == 500
    assert len(qlik.requests) == READ_ATTEMPTS == len(pauses) + 1
    assert [0.25 <= pauses[0] <= 0.5, 0.5 <= pauses[1] <= 1, 1 <= pauses[2] <= 2] == [True] * 3


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("3", 3, 3), ("100000", 5, 5), ("9" * 5000, 5, 5), ("soon", 0, 1), ("-1", 0, 1), ("0", 0, 1)],
)
def test_qlik_s_wish_for_a_pause_is_heard_within_bounds(
    said: str, least: float, most: float
) -> None:
    pauses: list[float] = []
    replies = iter([Reply(429, headers={"Retry-After": said})])
    with a_client(lambda _request: next(replies, Reply(200)), pauses) as (http, _qlik):
        assert http.get("/x", {}, Deadline.after(LATER)).ok

    assert len(pauses) == 1
    assert least <= pauses[0] <= most


def test_a_read_is_not_repeated_when_no_time_is_left_for_the_pause() -> None:
    pauses: list[float] = []
    reply = Reply(503, headers={"Retry-After": "5"})
    with a_client(lambda _request: reply, pauses) as (http, qlik):
        assert http.get("/x", {}, Deadline.after(4)).status == 503

    assert (len(qlik.requests), pauses) == (1, [])


def test_a_read_is_not_begun_after_the_deadline() -> None:
    with (
        a_client(lambda _request: Reply(200), []) as (http, qlik),
        pytest.raises(QlikUnavailable, match="not asked"),
    ):
        http.get("/x", {}, Deadline.after(-1))

    assert qlik.requests == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_is_not_repeated(status: int) -> None:
    with a_client(lambda _request: Reply(status), []) as (http, qlik):
        assert http.get("/x", {}, Deadline.after(LATER)).status == status

    assert len(qlik.requests) == 1


def test_cookies_are_not_kept_and_netrc_is_not_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    script = one_server()

    def with_cookies(request: Request) -> Reply:
        reply = script(request)
        return Reply(reply.status, reply.body, {**reply.headers, "Set-Cookie": "a=b"})

    with scripted(with_cookies) as qlik, a_platform(qlik.url) as platform:
        platform.read_fleet()

    login, *others = qlik.requests
    assert login.headers["Authorization"].startswith("Basic YXBpLXRva2Vu")
    assert others
    assert all({"Cookie", "Authorization"}.isdisjoint(one.headers) for one in others)


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    with scripted(one_server()) as qlik, a_platform(qlik.url) as platform:
        assert platform.read_fleet().tasks


def test_a_proxy_of_the_environment_carries_requests_to_other_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    with scripted(lambda _request: Reply(407)) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//user:w%2Frd@"))
        http = QlikHttp("https://qem.invalid", ssl.create_default_context(), 1, pauses.append)
        with pytest.raises(QlikUnavailable, match="check HTTPS_PROXY") as failure:
            http.get("/x", {}, Deadline.after(LATER))
        http.close()

    assert "w/rd" not in str(failure.value)
    assert (proxy.requests[0].method, proxy.requests[0].target) == ("CONNECT", "qem.invalid:443")
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXNlcjp3L3Jk"


def test_nothing_secret_is_logged_even_at_the_finest_level(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    with scripted(one_server()) as qlik, a_platform(qlik.url) as platform:
        platform.read_fleet()
        sent = {request.headers.get("Authorization", "") for request in qlik.requests} - {""}

    assert "/login" in caplog.text
    for secret in (TOKEN, "a-session", *sent):
        assert secret not in caplog.text
