import re
from datetime import timedelta

import pytest

from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.console_session import (
    Role,
    cookie_of,
    id_of,
    new_sign_in,
    session_key,
)
from qlik_monitor.domain.signing_key import SigningKey
from tests.fakes.aws import SECRETS, FakeStack
from tests.integration.functions.conftest import Log
from tests.integration.functions.visiting import SECRET, Visitor, mint, signed_in

PAGES = [
    "/console",
    "/console/",
    "/console/task?server=a&task=b",
    "/console/incidents",
    "/console/incidents/x",
    "/console/automation",
    "/console/health",
    "/console/nothing",
    "/nothing",
]
KEY = session_key(SigningKey.model_validate(SECRETS["APPROVAL_SECRET_ARN"]))


def items(stack: FakeStack) -> dict[str, dict[str, object]]:
    return {item["pk"]: item for item in stack.dump() if item["sk"] == "SIGNIN"}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_is_shown_to_somebody_without_a_session(
    address: str, method: str, stack: FakeStack
) -> None:
    page = Visitor().get(address, method)
    assert page.status == 401
    assert "make console-link" in page.html
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_following_a_link_signs_nobody_in(method: str, stack: FakeStack) -> None:
    address, before = mint(stack), stack.dump()
    visitor = Visitor()
    for _ in range(3):
        page = visitor.get(address, method)
        assert page.status == 200
        assert '<form method="post"><button>Sign in</button></form>' in page.html
    assert visitor.cookie == ""
    assert stack.dump() == before


def test_the_button_signs_in_with_a_cookie_that_no_script_and_no_other_site_gets(
    stack: FakeStack,
) -> None:
    visitor = Visitor()
    page = visitor.post(mint(stack))
    assert page.status == 303
    assert page.headers["Location"] == "../../console"
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("__Host-console=viewer.")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=28800"):
        assert part in cookie.split("; ")
    assert "Ada (viewer)" in visitor.get("/console").html


def test_a_stack_that_is_reached_by_http_gets_a_cookie_that_browsers_keep(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVAL_BASE_URL", "http://127.0.0.1:4566/v1")
    visitor = Visitor()
    cookie = visitor.post(mint(stack)).headers["Set-Cookie"]
    assert cookie.startswith("console=")
    assert "Secure" not in cookie
    assert visitor.get("/console").status == 200


def test_a_link_works_once(stack: FakeStack, log: Log) -> None:
    address = mint(stack)
    assert Visitor().post(address).status == 303
    second = Visitor()
    page = second.post(address)
    assert (page.status, second.cookie) == (410, "")
    assert "used already" in page.html
    assert "used already" in second.get(address).html
    refused = [line for line in log() if line["message"] == "console sign-in refused"]
    assert [line["state"] for line in refused] == ["used"]


def test_a_link_expires(stack: FakeStack) -> None:
    long_ago = utc_now() - timedelta(minutes=11)
    DynamoDbSignIns(stack.table).mint(new_sign_in(SECRET, Role.VIEWER, "Ada", long_ago))
    visitor = Visitor()
    for page in (
        visitor.get(f"/console/sign-in/{SECRET}"),
        visitor.post(f"/console/sign-in/{SECRET}"),
    ):
        assert page.status == 410
        assert "expired" in page.html
    assert visitor.cookie == ""


@pytest.mark.parametrize(
    "secret", ["a" * 32, "a", "a" * 3000, "%00", "..%2f..", "%E2%82%AC" * 8, "<script>"]
)
def test_a_link_that_nobody_minted_signs_nobody_in(secret: str, stack: FakeStack) -> None:
    visitor = Visitor()
    page = visitor.post(f"/console/sign-in/{secret}")
    assert page.status in (401, 403)
    assert visitor.cookie == ""
    assert "<script>" not in page.html.replace("<script defer src=", "")


def test_the_table_holds_nothing_that_signs_anybody_in(stack: FakeStack) -> None:
    mint(stack)
    assert SECRET not in str(stack.dump())
    assert list(items(stack)) == [f"SIGNIN#{id_of(SECRET)}"]


def test_a_used_link_leaves_the_table_with_its_session(stack: FakeStack) -> None:
    signed_in(stack)
    [item] = items(stack).values()
    assert item["expires_at"] == item["session_until"]


@pytest.mark.parametrize("place", ["role", "id", "until", "signature"])
def test_a_tampered_cookie_is_no_session(place: str, stack: FakeStack) -> None:
    visitor = signed_in(stack)
    name, _, value = visitor.cookie.partition("=")
    parts = dict(zip(("role", "id", "until", "signature"), value.split("."), strict=True))
    other = {"role": "approver", "id": "0" * 64, "until": str(int(parts["until"]) + 1)}
    parts[place] = other.get(place, "A" * 43)
    assert Visitor(f"{name}={'.'.join(parts.values())}").get("/console").status == 401


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "=",
        "__Host-console",
        "__Host-console=",
        "__Host-console=....",
        "a=b; ;=;",
        "__Host-console=" + "x" * 5000,
    ],
)
def test_a_broken_cookie_is_no_session(cookie: str, stack: FakeStack) -> None:
    assert Visitor(cookie).get("/console").status == 401


def test_an_approval_link_s_key_signs_no_session(stack: FakeStack) -> None:
    visitor = signed_in(stack)
    used = DynamoDbSignIns(stack.table).get(id_of(SECRET))
    assert used is not None
    links_key = SigningKey.model_validate(SECRETS["APPROVAL_SECRET_ARN"])
    assert Visitor(f"__Host-console={cookie_of(used, links_key)}").get("/console").status == 401
    assert visitor.cookie == f"__Host-console={cookie_of(used, KEY)}"


def test_a_session_ends_after_eight_hours(stack: FakeStack) -> None:
    store, begun = DynamoDbSignIns(stack.table), utc_now() - timedelta(hours=8, seconds=1)
    store.mint(new_sign_in(SECRET, Role.VIEWER, "Ada", begun))
    used = store.use(id_of(SECRET), begun)
    assert used is not None
    assert Visitor(f"__Host-console={cookie_of(used, KEY)}").get("/console").status == 401


def test_signing_out_ends_the_session_for_a_copied_cookie_too(stack: FakeStack) -> None:
    visitor = signed_in(stack)
    copied = Visitor(visitor.cookie)
    page = visitor.post("/console/sign-out")
    assert page.status == 200
    assert "signed out" in page.html
    assert "Max-Age=0" in page.headers["Set-Cookie"]
    assert copied.get("/console").status == 401


def test_signing_out_without_a_session_is_no_error(stack: FakeStack) -> None:
    assert Visitor().post("/console/sign-out").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_s_form_does_nothing(site: str, stack: FakeStack) -> None:
    address = mint(stack)
    visitor = Visitor()
    assert visitor.post(address, Sec_Fetch_Site=site).status == 403
    assert visitor.cookie == ""
    assert visitor.post(address, Sec_Fetch_Site="same-origin").status == 303
    assert visitor.post("/console/sign-out", Sec_Fetch_Site=site).status == 403
    assert visitor.get("/console").status == 200


def test_roles_are_kept(stack: FakeStack) -> None:
    assert "Ada (approver)" in signed_in(stack, Role.APPROVER).get("/console").html


def test_the_log_says_who_signed_in_and_holds_no_secret(stack: FakeStack, log: Log) -> None:
    visitor = signed_in(stack)
    visitor.post("/console/sign-out")
    said = [line for line in log() if line["message"].startswith("console signed")]
    assert [(line["message"], line["person"], line["role"]) for line in said] == [
        ("console signed in", "Ada", "viewer"),
        ("console signed out", "Ada", "viewer"),
    ]
    text = str(log())
    assert SECRET not in text
    assert visitor.cookie.rpartition(".")[2] not in text or not visitor.cookie.rpartition(".")[2]


def test_a_static_file_needs_no_session_and_is_kept_for_ever(stack: FakeStack) -> None:
    visitor = Visitor()
    html = visitor.get("/console").html
    found = re.findall(r'(?:href|src)="([^"]*static/[^"]+)"', html)
    assert len(set(found)) == 4
    for link in found:
        file = visitor.follow("/console", link)
        assert file.status == 200
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert file.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["htmx.js", "README.md", "..%2fhandler.py", "console.css", "x" * 999]
)
def test_no_other_file_is_served(name: str, stack: FakeStack) -> None:
    assert Visitor().get(f"/console/static/{name}").status in (401, 404)
