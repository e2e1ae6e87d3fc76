"""What an analyst is told of an incident: redacted, and bounded in size."""

from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Restart

MAX_TEXT = 600
MAX_RESTARTS = 10
MAX_ANOMALIES = 20


class IncidentFacts(Frozen):
    """Plain text data only; nothing here may be taken for an instruction."""

    subject: str
    kinds: tuple[str, ...]
    state: str
    stop_reason: str
    message: str
    error_class: str
    anomalies: tuple[str, ...]
    readings: dict[str, str]
    restarts: tuple[str, ...]
    attempt: int


def facts_of(incident: Incident, history: tuple[Restart, ...]) -> IncidentFacts:
    """Gather what may leave for the model."""
    snapshot = incident.snapshot
    readings = {e.name: _clean(e.value) for a in incident.anomalies for e in a.evidence}
    return IncidentFacts(
        subject=_clean(str(incident.subject)),
        kinds=tuple(sorted(kind.value for kind in incident.kinds)),
        state=snapshot.state.value if snapshot else "UNKNOWN",
        stop_reason=snapshot.stop_reason.value if snapshot else "UNKNOWN",
        message=_clean(snapshot.message if snapshot else ""),
        error_class=incident.error_class.value,
        anomalies=tuple(_clean(a.summary) for a in incident.anomalies[:MAX_ANOMALIES]),
        readings=readings,
        restarts=tuple(_restart(restart) for restart in history[-MAX_RESTARTS:]),
        attempt=incident.attempt,
    )


def _restart(restart: Restart) -> str:
    when = restart.requested_at.isoformat(timespec="seconds")
    return _clean(f"{when} {restart.action.value}: {restart.outcome.value} {restart.detail}")


def _clean(text: str) -> str:
    return redact(text)[:MAX_TEXT]
