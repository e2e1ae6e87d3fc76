from datetime import timedelta
from typing import Any

import pytest

from functions.conclude_incident.handler import handler
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.domain.conclusion import Conclusion
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.errors import IncidentNotFound, NotificationFailed
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_decided, later
from tests.fakes.running import run

INCIDENT = a_decided()


@pytest.fixture(autouse=True)
def _decided(incidents: DynamoDbIncidents) -> None:
    incidents.open(INCIDENT)


def conclude(conclusion: str, **more: Any) -> dict[str, Any]:
    return run(
        handler,
        {"incident_id": INCIDENT.id, "cycle": INCIDENT.cycle, "conclusion": conclusion} | more,
    )


@pytest.mark.parametrize(
    ("conclusion", "status", "subject"),
    [
        ("observe", "observed", "[Qlik] Observing: prod/orders"),
        ("escalate", "escalated", "[Qlik] Needs you: prod/orders"),
        ("rejected", "rejected", "[Qlik] Rejected: prod/orders"),
        ("expired", "escalated", "[Qlik] Needs you: prod/orders"),
        ("not_executed", "escalated", "[Qlik] Needs you: prod/orders"),
        ("failed", "escalated", "[Qlik] Needs you: prod/orders"),
    ],
)
def test_a_conclusion_is_stored_and_told(
    conclusion: str,
    status: str,
    subject: str,
    incidents: DynamoDbIncidents,
    stack: FakeStack,
) -> None:
    assert conclude(conclusion, detail="why") == {"status": status}
    assert incidents.get(INCIDENT.id).status is IncidentStatus(status)
    [told] = stack.told
    assert (told.kind, told.subject) == (status, subject)


def test_every_conclusion_has_its_test() -> None:
    assert len(Conclusion) == 6


def test_a_failed_step_is_told_by_its_error_without_secrets(stack: FakeStack) -> None:
    cause = '{"errorMessage": "login: password=hunter2", "errorType": "QlikAccessDenied"}'
    conclude("failed", detail={"Error": "QlikAccessDenied", "Cause": cause})
    [told] = stack.told
    assert "QlikAccessDenied: login: password=[redacted]" in told.body


def test_a_step_that_runs_again_tells_again_rather_than_never(
    incidents: DynamoDbIncidents, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_args: object) -> None:
        raise NotificationFailed("SNS is away")

    with monkeypatch.context() as patched:
        patched.setattr("qlik_monitor.adapters.sns.SnsNotifier.tell", failing)
        with pytest.raises(NotificationFailed):
            conclude("escalate")
    # Its lease still runs, so that the next cycles would tell of it if this one cannot.
    assert incidents.get(INCIDENT.id).status is IncidentStatus.OPEN
    conclude("escalate")
    assert len(stack.told) == 1
    assert len(incidents.all_open()) == 1


def test_an_incident_that_is_closed_stays_closed(
    incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    incidents.close(INCIDENT.moved_to(IncidentStatus.CLOSED, later(minutes=1), lease=timedelta(0)))
    before = stack.dump()
    assert conclude("failed", detail="late") == {"status": "closed"}
    assert stack.dump() == before
    assert stack.told == []


def test_an_unknown_conclusion_or_incident_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="'perhaps' is not a valid Conclusion"):
        conclude("perhaps")
    with pytest.raises(IncidentNotFound):
        run(handler, {"incident_id": "unknown", "cycle": "c", "conclusion": "observe"})
