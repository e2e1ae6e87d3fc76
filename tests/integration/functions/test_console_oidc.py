"""Sign-in by a provider, from the first page to the fleet, against the mock provider over HTTP."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from functions.console import oidc
from local.mock_oidc import Client, Fault, MockOidc
from tests.fakes.aws import ENVIRONMENT, FakeStack, refused
from tests.integration.functions.conftest import Log
from tests.integration.functions.visiting import Page, Visitor

ROOT = Path(__file__).resolve().parents[3]
CALLBACK = "https://api.example/live/console/oidc/callback"
SECRET = "secret/of+the client%"
REFUSED_TOKENS = [
    Fault.NO_ID_TOKEN,
    Fault.WRONG_NONCE,
    Fault.WRONG_AUDIENCE,
    Fault.MORE_AUDIENCES,
    Fault.OTHER_PARTY,
    Fault.EXPIRED,
    Fault.OLD,
    Fault.FROM_THE_FUTURE,
    Fault.OTHER_ISSUER,
    Fault.ALG_NONE,
    Fault.ALG_HS256,
    Fault.KEY_AS_SECRET,
    Fault.FORGED,
    Fault.UNKNOWN_KEY,
    Fault.OTHER_ACCESS_TOKEN,
]
AT_TOKENS = [Fault.SERVER_ERROR, Fault.NOT_JSON, Fault.REDIRECT]
AWAY = [*AT_TOKENS, Fault.FOREIGN_DESCRIPTION, Fault.PLAIN_DESCRIPTION]


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch, stack: FakeStack) -> Iterator[MockOidc]:
    """A provider that the console is set up for; everybody whom it lets in may view."""
    with MockOidc(Client(redirect_uris=(CALLBACK,))) as running:
        monkeypatch.setenv("OIDC_ISSUER", running.issuer)
        monkeypatch.setenv("OIDC_CLIENT_ID", running.client.client_id)
        monkeypatch.setenv("OIDC_VIEWERS", "*")
        oidc.provider.cache_clear()
        yield running
    oidc.provider.cache_clear()


def begin(visitor: Visitor) -> str:
    """Follow the link of the sign-in page; return where it leads."""
    page = visitor.get("/console")
    [link] = re.findall(r'href="([^"]*oidc/begin)"', page.html)
    sent_on = visitor.follow("/console", link)
    assert sent_on.status == 303
    return sent_on.headers["Location"]


def at_provider(address: str, user: str = "ada", **more: str) -> str:
    """Log in there; return the address that the provider sends the browser to, below `/`."""
    assert 'name="user"' in requests.get(address, timeout=5).text
    parts = urlsplit(address)
    form = {name: values[0] for name, values in parse_qs(parts.query).items()}
    answer = requests.post(
        f"{parts.scheme}://{parts.netloc}{parts.path}",
        data=form | {"user": user} | more,
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    return answer.headers["Location"].removeprefix("https://api.example/live")


def sign_in(visitor: Visitor, user: str = "ada") -> Page:
    """Go all the way."""
    return visitor.get(at_provider(begin(visitor), user))


def sessions(stack: FakeStack) -> list[dict[str, object]]:
    return [item for item in stack.dump() if item["sk"] == "SIGNIN"]


def reasons(log: Log) -> list[str]:
    return [line["reason"] for line in log() if line["message"] == "console sign-in refused"]


def test_a_viewer_signs_in_and_is_let_in_for_eight_hours(mock: MockOidc, stack: FakeStack) -> None:
    visitor = Visitor()
    page = sign_in(visitor)
    assert page.status == 200
    assert "You are signed in as ada@example.com (viewer)" in page.html
    [session, attempt] = page.cookies
    assert session.startswith("__Host-console=viewer.")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"):
        assert part in session.split("; ")
    assert attempt.startswith("__Host-console-oidc=;")
    assert "Max-Age=0" in attempt
    [link] = re.findall(r'class="button" href="([^"]+)"', page.html)
    fleet = visitor.follow("/console/oidc/callback", link)
    assert fleet.status == 200
    assert "ada@example.com (viewer)" in fleet.html
    visitor.post("/console/sign-out")
    assert visitor.get("/console").status == 401


def test_whoever_asked_for_a_page_comes_back_to_it(mock: MockOidc, stack: FakeStack) -> None:
    asked = "/console/task?server=a+b&task=%C3%A4"
    visitor = Visitor()
    [link] = re.findall(r'href="([^"]*oidc/begin[^"]*)"', visitor.get(asked).html)
    begun = visitor.follow(asked, link).headers["Location"]
    page = visitor.get(at_provider(begun))
    assert "Go on to the page that you asked for" in page.html
    assert 'href="../../console/task?server=a+b&amp;task=%C3%A4"' in page.html


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example/console", "L2NvbnNvbGUvaGVhbHRo.forged", "."]
)
def test_a_way_back_that_somebody_made_up_is_not_taken(
    to: str, mock: MockOidc, stack: FakeStack
) -> None:
    visitor = Visitor()
    begun = visitor.get("/console/oidc/begin?" + urlencode({"to": to})).headers["Location"]
    page = visitor.get(at_provider(begun))
    assert re.findall(r'class="button" href="([^"]+)"', page.html) == ["../../console"]
    assert "evil" not in page.html


def test_a_refusal_keeps_the_way_back(mock: MockOidc, stack: FakeStack) -> None:
    visitor = Visitor()
    [link] = re.findall(r'href="([^"]*oidc/begin[?][^"]*)"', visitor.get("/console/health").html)
    begun = visitor.follow("/console/health", link).headers["Location"]
    state = parse_qs(urlsplit(begun).query)["state"][0]
    query = urlencode({"error": "access_denied", "state": state})
    refused_page = visitor.get(f"/console/oidc/callback?{query}").html
    assert link.partition("?")[2] in refused_page


def test_an_approver_signs_in_under_the_name_that_is_on_the_list(
    mock: MockOidc, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIDC_VIEWERS", "")
    monkeypatch.setattr(oidc, "approvers", lambda: frozenset({"grace@example.com"}))
    assert "as grace@example.com (approver)" in sign_in(Visitor(), "grace").html
    assert sign_in(Visitor(), "ada").status == 403


def test_the_way_out_carries_pkce_state_and_nonce_and_its_cookie_is_for_no_script(
    mock: MockOidc, stack: FakeStack
) -> None:
    visitor = Visitor()
    before = stack.dump()
    address = begin(visitor)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{mock.issuer}/authorize?")
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid email profile"
    assert asked["redirect_uri"] == CALLBACK
    assert asked["code_challenge_method"] == "S256"
    assert all(len(asked[name]) == 43 for name in ("state", "nonce", "code_challenge"))
    page = visitor.get("/console/oidc/begin")
    assert page.headers["Cache-Control"] == "no-store"
    [cookie] = page.cookies
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"):
        assert part in cookie.split("; ")
    again = parse_qs(urlsplit(page.headers["Location"]).query)
    assert {again[name][0] for name in ("state", "nonce", "code_challenge")}.isdisjoint(
        asked[name] for name in ("state", "nonce", "code_challenge")
    )
    verifier = cookie.split(".")[2]
    assert verifier not in page.headers["Location"]
    assert stack.dump() == before


def test_only_the_very_browser_that_began_may_come_back(mock: MockOidc, stack: FakeStack) -> None:
    address = at_provider(begin(Visitor()))
    other = Visitor()
    begin(other)
    before = len(mock.asked)
    for visitor in (Visitor(), other):
        page = visitor.get(address)
        assert page.status == 403
        assert "not begun in this browser" in page.html
        assert page.cookies == ()
    assert len(mock.asked) == before
    assert sessions(stack) == []


@pytest.mark.parametrize("change", ["state", "no state", "two states"])
def test_another_state_is_refused_before_the_provider_is_asked(
    change: str, mock: MockOidc, stack: FakeStack
) -> None:
    visitor = Visitor()
    path, _, query = at_provider(begin(visitor)).partition("?")
    sent = {name: values[0] for name, values in parse_qs(query).items()}
    states = {"state": ["x" * 43], "no state": [], "two states": [sent["state"], sent["state"]]}
    changed = urlencode({"code": sent["code"], "state": states[change]}, doseq=True)
    assert visitor.get(f"{path}?{changed}").status == 403
    assert "POST /token" not in mock.asked


def test_the_only_change_is_an_update_of_a_sign_in(mock: MockOidc, stack: FakeStack) -> None:
    before = stack.dump()
    with refused("PutItem", ""):
        assert sign_in(Visitor()).status == 200
    assert [item for item in stack.dump() if item not in before] == sessions(stack)
    [session] = sessions(stack)
    assert session["expires_at"] == session["session_until"]
    assert (session["role"], session["name"]) == ("viewer", "ada@example.com")


def test_a_tampered_cookie_is_no_attempt(mock: MockOidc, stack: FakeStack) -> None:
    visitor = Visitor()
    address = at_provider(begin(visitor))
    name, _, value = visitor.cookie.partition("=")
    parts = value.split(".")
    parts[2] = "v" * 43
    assert Visitor(f"{name}={'.'.join(parts)}").get(address).status == 403
    assert visitor.get(address).status == 200


def test_what_worked_once_works_no_more(mock: MockOidc, stack: FakeStack, log: Log) -> None:
    visitor = Visitor()
    address = at_provider(begin(visitor))
    copied = Visitor(visitor.cookie)
    assert visitor.get(address).status == 200
    assert visitor.get(address).status == 403
    # Whoever kept the cookie meets the provider's own rule.
    assert copied.get(address).status == 403
    assert reasons(log) == ["no such attempt", "the provider did not take the code: invalid_grant"]
    assert len(sessions(stack)) == 1


def test_an_attempt_becomes_one_session_even_if_the_provider_takes_a_code_twice(
    mock: MockOidc, stack: FakeStack, log: Log
) -> None:
    visitor = Visitor()
    first = begin(visitor)
    copied = Visitor(visitor.cookie)
    assert visitor.get(at_provider(first)).status == 200
    assert copied.get(at_provider(first)).status == 403
    assert reasons(log) == ["used already"]
    assert len(sessions(stack)) == 1


@pytest.mark.parametrize("fault", REFUSED_TOKENS)
def test_a_token_that_does_not_hold_signs_nobody_in(
    fault: Fault, mock: MockOidc, stack: FakeStack, log: Log
) -> None:
    visitor = Visitor()
    address = at_provider(begin(visitor))
    mock.fail(fault)
    page = visitor.get(address)
    assert page.status == 403
    assert "does not prove who you are" in page.html
    assert "console=viewer" not in visitor.cookie
    assert sessions(stack) == []
    # The attempt is over: it does not become good when the provider mends its ways.
    mock.fail(Fault.NONE)
    assert visitor.get(address).status == 403
    assert not [told for told in mock.tokens if told in str(log())]


@pytest.mark.parametrize("fault", AWAY)
def test_a_provider_that_does_not_answer_as_it_should_is_no_refusal(
    fault: Fault, mock: MockOidc, stack: FakeStack
) -> None:
    visitor = Visitor()
    mock.fail(fault)
    page = visitor.get("/console/oidc/begin")
    if fault in AT_TOKENS:
        page = visitor.get(at_provider(page.headers["Location"]))
    assert page.status == 503
    assert "Try again in a minute" in page.html
    assert "GET /elsewhere" not in mock.asked
    assert "POST /elsewhere" not in mock.asked
    assert sessions(stack) == []


def test_a_provider_that_is_down_leaves_the_one_time_link(
    mock: MockOidc, stack: FakeStack, log: Log
) -> None:
    mock.down()
    page = Visitor().get("/console/oidc/begin")
    assert page.status == 503
    assert "make console-link" in page.html
    assert "IdentityProviderUnavailable" in log()[-1]["reason"]
    mock.up()
    visitor = Visitor()
    address = at_provider(begin(visitor))
    mock.down()
    assert visitor.get(address).status == 503
    mock.up()
    assert sign_in(visitor).status == 200


def test_somebody_without_a_role_is_told_whom_to_ask(
    mock: MockOidc, stack: FakeStack, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setenv("OIDC_VIEWERS", "grace@example.com")
    visitor = Visitor()
    page = sign_in(visitor, "alan")
    assert page.status == 403
    assert "You are alan@example.com" in page.html
    assert "Ask those who run this stack" in page.html
    assert visitor.get("/console").status == 401
    assert (log()[-1]["reason"], log()[-1]["person"]) == ("no role", "alan@example.com")
    assert sign_in(visitor, "grace").status == 200


def test_nobody_views_unless_somebody_is_named(
    mock: MockOidc, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OIDC_VIEWERS")
    assert sign_in(Visitor()).status == 403
    assert sessions(stack) == []


def test_an_address_that_nobody_verified_is_nobody_s(mock: MockOidc, stack: FakeStack) -> None:
    page = sign_in(Visitor(), "eve")
    assert page.status == 403
    assert "OIDC_NAME_CLAIM" in page.html
    assert sessions(stack) == []


def test_another_claim_may_name_people(
    mock: MockOidc, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OIDC_NAME_CLAIM", "preferred_username")
    assert "signed in as eve (viewer)" in sign_in(Visitor(), "eve").html


@pytest.mark.parametrize(
    "methods", [("client_secret_post",), ("client_secret_basic", "client_secret_post")]
)
def test_a_client_with_a_secret_proves_itself(
    methods: tuple[str, ...],
    stack: FakeStack,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    client = Client(secret=SECRET, redirect_uris=(CALLBACK,), methods=methods)
    with MockOidc(client) as running:
        oidc.provider.cache_clear()
        monkeypatch.setenv("OIDC_ISSUER", running.issuer)
        monkeypatch.setenv("OIDC_CLIENT_ID", client.client_id)
        monkeypatch.setenv("OIDC_SECRET_ARN", stack.secret_arns["OPENAI_SECRET_ARN"])
        monkeypatch.setenv("OIDC_VIEWERS", "ada@example.com")
        stack.write_secret("OPENAI_SECRET_ARN", {"client_secret": SECRET})
        assert sign_in(Visitor()).status == 200
    oidc.provider.cache_clear()
    assert SECRET not in str(log())


def test_a_client_whose_secret_is_wrong_signs_nobody_in(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    client = Client(secret="another", redirect_uris=(CALLBACK,))
    with MockOidc(client) as running:
        oidc.provider.cache_clear()
        monkeypatch.setenv("OIDC_ISSUER", running.issuer)
        monkeypatch.setenv("OIDC_CLIENT_ID", client.client_id)
        assert sign_in(Visitor()).status == 403
    oidc.provider.cache_clear()
    assert log()[-1]["reason"] == "the provider did not take the code: invalid_client"


def test_who_refuses_at_the_provider_is_told_so_in_our_words(
    mock: MockOidc, stack: FakeStack
) -> None:
    visitor = Visitor()
    page = visitor.get(at_provider(begin(visitor), deny="1"))
    assert page.status == 403
    assert "did not let you in" in page.html
    assert "You said no" not in page.html


@pytest.mark.parametrize(
    ("error", "status"),
    [("<script>alert(1)</script>", 403), ("temporarily_unavailable", 503), ("x" * 4000, 403)],
)
def test_an_error_of_the_provider_shows_no_text_of_others(
    error: str, status: int, mock: MockOidc, stack: FakeStack, log: Log
) -> None:
    visitor = Visitor()
    state = parse_qs(urlsplit(begin(visitor)).query)["state"][0]
    query = urlencode({"error": error, "error_description": "<b>bad</b>", "state": state})
    page = visitor.get(f"/console/oidc/callback?{query}")
    assert page.status == status
    assert error not in page.html
    assert "bad" not in page.html
    assert "<script>" not in str(log())


def test_nothing_secret_is_logged(mock: MockOidc, stack: FakeStack, log: Log) -> None:
    visitor = Visitor()
    address = begin(visitor)
    attempt = visitor.cookie
    came_back = at_provider(address)
    visitor.get(came_back)
    text = str(log())
    told = [line for line in log() if line["message"] == "console signed in"]
    assert [(line["person"], line["role"]) for line in told] == [("ada@example.com", "viewer")]
    assert len(mock.tokens) == 3
    for secret in (
        *mock.tokens,
        *attempt.partition("=")[2].split(".")[:3],
        *parse_qs(urlsplit(came_back).query)["code"],
        visitor.cookie.rpartition(".")[2],
        "preferred_username",
    ):
        assert secret not in text


def test_a_prefetch_begins_nothing(mock: MockOidc, stack: FakeStack) -> None:
    visitor = Visitor(headers={"Sec-Purpose": "prefetch;prerender"})
    page = visitor.get("/console/oidc/begin")
    assert (page.status, page.cookies) == (403, ())


@pytest.mark.parametrize("path", ["/console/oidc/begin", "/console/oidc/callback?code=a&state=b"])
def test_without_a_provider_there_are_no_such_addresses(path: str, stack: FakeStack) -> None:
    page = Visitor().get(path)
    assert page.status == 401
    assert page.cookies == ()
    assert "company account" not in page.html
    assert "make console-link" in page.html


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_only_get_begins_and_ends_a_sign_in(method: str, mock: MockOidc, stack: FakeStack) -> None:
    visitor = Visitor()
    address = at_provider(begin(visitor))
    for path in ("/console/oidc/begin", address):
        page = visitor.post(path) if method == "POST" else visitor.get(path, method)
        assert (page.status, page.cookies) == (401, ())
    assert visitor.get(address).status == 200


def test_a_stack_that_is_reached_by_http_keeps_its_attempts_too(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVAL_BASE_URL", "http://127.0.0.1:4566/v1")
    with MockOidc() as running:
        oidc.provider.cache_clear()
        monkeypatch.setenv("OIDC_ISSUER", running.issuer)
        monkeypatch.setenv("OIDC_CLIENT_ID", running.client.client_id)
        visitor = Visitor()
        begin(visitor)
    oidc.provider.cache_clear()
    assert visitor.cookie.startswith("console-oidc=")


def test_pages_import_nothing_that_only_a_provider_needs() -> None:
    code = "import sys, functions.console.handler; print(*sys.modules)"
    path = f"{ROOT}:{ROOT / 'layers' / 'qlik_monitor' / 'python'}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=ENVIRONMENT | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"authlib", "joserfc", "cryptography"}.isdisjoint(done.stdout.split())
