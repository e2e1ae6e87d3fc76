"""What an analyst is told of an incident: redacted, and bounded in size."""

from collections.abc import Sequence

from qlik_monitor.domain.handbook import MEANING, sensible_for
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.precedent import Precedent, similar_to
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import Endpoint, TaskSnapshot

MAX_TEXT = 600
MAX_NAME = 300
MAX_RESTARTS = 10
MAX_ANOMALIES = 20
MAX_READINGS = 40
MAX_PRECEDENTS = 8


class IncidentFacts(Frozen):
    """Plain text data only; nothing here may be taken for an instruction."""

    subject: str
    kinds: tuple[str, ...]
    state: str
    stop_reason: str
    message: str
    error_class: str
    class_meaning: str
    sensible_actions: tuple[str, ...]
    endpoints: dict[str, str]
    anomalies: tuple[str, ...]
    readings: dict[str, str]
    restarts: tuple[str, ...]
    """This task's own, oldest first, with their outcome."""
    precedents: tuple[str, ...]
    """Restarts for the same class of error, mostly of other tasks, oldest first."""
    attempt: int


def facts_of(
    incident: Incident, history: tuple[Restart, ...], precedents: Sequence[Precedent] = ()
) -> IncidentFacts:
    """Gather what may leave for the model."""
    snapshot = incident.snapshot
    evidence = [e for a in incident.anomalies[:MAX_ANOMALIES] for e in a.evidence]
    chosen = similar_to(incident, precedents, MAX_PRECEDENTS)
    return IncidentFacts(
        subject=_clean(str(incident.subject)),
        kinds=tuple(sorted(kind.value for kind in incident.kinds)),
        state=snapshot.state.value if snapshot else "UNKNOWN",
        stop_reason=snapshot.stop_reason.value if snapshot else "UNKNOWN",
        message=_clean(snapshot.message if snapshot else ""),
        error_class=incident.error_class.value,
        class_meaning=MEANING[incident.error_class],
        sensible_actions=tuple(action.value for action in sensible_for(incident.error_class)),
        endpoints=_endpoints(snapshot),
        anomalies=tuple(_clean(a.summary) for a in incident.anomalies[:MAX_ANOMALIES]),
        readings={_name(e.name): _clean(e.value) for e in evidence[:MAX_READINGS]},
        restarts=tuple(_restart(restart) for restart in history[-MAX_RESTARTS:]),
        precedents=tuple(_precedent(one) for one in chosen),
        attempt=incident.attempt,
    )


def _endpoints(snapshot: TaskSnapshot | None) -> dict[str, str]:
    if snapshot is None:
        return {}
    sides = {"source": snapshot.source_endpoint, "target": snapshot.target_endpoint}
    return {side: _endpoint(endpoint) for side, endpoint in sides.items() if endpoint}


def _endpoint(endpoint: Endpoint) -> str:
    kind = f" ({_name(endpoint.type)})" if endpoint.type else ""
    return f"{_name(endpoint.name)}{kind}"


def _restart(restart: Restart) -> str:
    when = restart.requested_at.isoformat(timespec="seconds")
    said = "" if restart.confidence is None else f", confidence {restart.confidence:.2f}"
    return _clean(f"{when} {restart.action.value}{said}: {restart.outcome.value} {restart.detail}")


def _precedent(one: Precedent) -> str:
    kinds = ", ".join(one.kinds)
    said = "" if one.confidence is None else f", confidence {one.confidence:.2f}"
    what = f"{one.at:%Y-%m-%d} {_name(str(one.task))} ({kinds}): {one.action.value}{said}"
    return _clean(f"{what}: {one.outcome.value} {one.detail}")


def _clean(text: str) -> str:
    return redact(text)[:MAX_TEXT]


def _name(text: str) -> str:
    return redact(text)[:MAX_NAME]
