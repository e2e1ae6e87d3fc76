import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.notification import Notification, NotificationKind, about
from tests.fakes.builders import a_decided, a_proposal, an_aborted, an_incident

TEXTS = st.text(st.characters(exclude_categories=()), min_size=1, max_size=200)


def tell(**changes: object) -> Notification:
    return about(a_decided(**changes), NotificationKind.ESCALATED, "Needs you", "first line")


@given(TEXTS, TEXTS, TEXTS)
def test_a_subject_is_short_printable_ascii_on_one_line(
    headline: str, server: str, task: str
) -> None:
    incident = an_incident(subject=Subject(server=server, task=task))
    subject = about(incident, NotificationKind.CLOSED, headline).subject
    assert subject.startswith("[Qlik]")
    assert len(subject) <= 100
    assert all(" " <= character <= "~" for character in subject)


def test_a_message_says_what_where_why_and_what_is_proposed() -> None:
    body = tell(reason="the policy said so").body
    for expected in (
        "first line",
        "prod/orders",
        "20260302T120000-0123456789ab",
        "summary of aborted",
        "ORA-03113",
        "resume, confidence 95 %",
        "It is back, so a resume picks up.",
        "a reason",
        "the policy said so",
    ):
        assert expected in body


def test_a_message_says_when_the_confidence_was_lowered() -> None:
    body = tell(proposal=a_proposal(confidence=0.5, stated_confidence=0.9)).body
    assert "resume, confidence 50 % (90 % before the evidence was weighed)" in body


def test_a_message_says_why_the_rules_answered() -> None:
    body = tell(proposal=a_proposal(made_by="rules", rules_because="no answer within 20 s")).body
    assert "rules (the model did not: no answer within 20 s)" in body


@pytest.mark.parametrize("place", ["message", "reasoning", "reason"])
def test_no_secret_leaves_in_a_message(place: str) -> None:
    leak = "connect failed: password=hunter2-secret"
    changes: dict[str, object] = {
        "message": {"snapshot": an_aborted(message=leak)},
        "reasoning": {"proposal": a_proposal(reasoning=leak)},
        "reason": {"reason": leak},
    }
    told = about(
        a_decided().model_copy(update=changes[place]),  # type: ignore[arg-type]
        NotificationKind.ESCALATED,
        "Needs you",
    )
    assert "hunter2" not in told.body
