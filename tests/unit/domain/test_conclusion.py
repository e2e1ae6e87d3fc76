import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.conclusion import MAX_DETAIL, Conclusion, conclude
from qlik_monitor.domain.incident import WITH_PEOPLE, IncidentStatus
from qlik_monitor.domain.notification import NotificationKind
from tests.fakes.builders import a_decided, an_incident


@pytest.mark.parametrize(
    ("conclusion", "status", "tells", "because"),
    [
        ("observe", "observed", "observed", "a reason"),
        ("escalate", "escalated", "escalated", "a reason"),
        ("rejected", "rejected", "rejected", "an approver rejected"),
        ("expired", "escalated", "escalated", "nobody answered in time"),
        ("not_executed", "escalated", "escalated", "not executed: the detail"),
        ("failed", "escalated", "escalated", "did nothing more: the detail"),
    ],
)
def test_each_conclusion_has_its_status_and_its_words(
    conclusion: str, status: str, tells: str, because: str
) -> None:
    ending = conclude(a_decided(), Conclusion(conclusion), "the detail")
    assert ending.status is IncidentStatus(status)
    assert ending.tells is NotificationKind(tells)
    assert because in ending.reason


@pytest.mark.parametrize("conclusion", Conclusion)
def test_every_conclusion_leaves_the_incident_with_people(conclusion: Conclusion) -> None:
    assert conclude(an_incident(), conclusion, "").status in WITH_PEOPLE


def test_an_incident_that_failed_before_its_decision_says_so() -> None:
    ending = conclude(an_incident(), Conclusion.ESCALATE, "")
    assert ending.reason == "no decision was made"


@given(st.text(max_size=2000))
def test_a_detail_is_bounded_and_redacted(text: str) -> None:
    ending = conclude(an_incident(), Conclusion.FAILED, f"password=hunter2 {text}")
    assert "hunter2" not in ending.reason.split("nothing more: ")[1][:30]
    assert len(ending.reason) < MAX_DETAIL + 100
