import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.console_oidc import ATTEMPT_LASTS, Attempt, attempt_cookie, attempt_of
from qlik_monitor.domain.console_return import HOME, address_of, ticket_of, way_back
from tests.fakes.builders import NOON, a_key

KEY = a_key()


@pytest.mark.parametrize(
    ("path", "query", "back"),
    [
        ("/console", {}, "/console"),
        ("/console/", {"q": "a b"}, "/console?q=a+b"),
        ("/console/task", {"server": "ä", "task": "x&y"}, "/console/task?server=%C3%A4&task=x%26y"),
        ("/console/incidents/2026-0001", {}, "/console/incidents/2026-0001"),
        ("/console/automation/pause", {}, "/console/automation"),
        ("/console/automation/resume", {}, "/console/automation"),
        ("/console/health", {}, "/console/health"),
        ("/console/incidents/1/audit.csv", {}, HOME),
        ("/console/sign-out", {}, HOME),
        ("/console/oidc/begin", {"to": "x"}, HOME),
        ("/console/nowhere", {}, HOME),
        ("/console/task", {"task": "x" * 1001}, HOME),
        ("//evil.example/console", {}, HOME),
        ("https://evil.example/console", {}, HOME),
        ("/console/../approvals/x", {}, HOME),
        ("/console/incidents/..", {}, HOME),
        ("/console\\evil.example", {}, HOME),
        ("/console/task\n", {}, HOME),
        ("", {}, HOME),
    ],
)
def test_only_pages_of_the_console_are_come_back_to(
    path: str, query: dict[str, str], back: str
) -> None:
    assert way_back(path, query) == back
    assert address_of(ticket_of(back, KEY), KEY) == back


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=9), st.text(max_size=20)))
def test_no_path_leads_elsewhere(path: str, query: dict[str, str]) -> None:
    back = way_back(path, query)
    assert back == HOME or back.startswith(("/console?", "/console/"))
    assert not set(back) & set("\\ \r\n\t#@:")


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/console/sign-out", "/console@evil", ""]
)
def test_not_even_a_signed_ticket_leads_elsewhere(address: str) -> None:
    assert address_of(ticket_of(address, KEY), KEY) == HOME


@given(st.text(max_size=80))
def test_a_ticket_that_was_made_up_leads_to_the_fleet(text: str) -> None:
    assert address_of(text, KEY) == HOME
    genuine = ticket_of("/console/health", KEY)
    assert address_of(text + genuine, KEY) == ("/console/health" if not text else HOME)
    other = a_key().model_copy(update={"key": a_key().derived("another").key})
    assert address_of(ticket_of("/console/health", other), KEY) == HOME


def test_an_attempt_keeps_its_way_back() -> None:
    ticket = ticket_of("/console/health", KEY)
    attempt = Attempt(
        state="s" * 43, nonce="n" * 43, verifier="v" * 43, until=NOON + ATTEMPT_LASTS, back=ticket
    )
    assert attempt_of(attempt_cookie(attempt, KEY), KEY, NOON) == attempt
