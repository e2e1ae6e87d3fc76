"""Precedents: restarts whose outcome is known, kept by class of error for those that come after."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.proposal import Proposer, Share
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.task import TaskId

MAX_DETAIL = 200
FINAL = frozenset({RestartOutcome.RECOVERED, RestartOutcome.FAILED})
"""Outcomes that the verification has seen; what Qlik refused tells nothing of what helps."""
NEWEST = 50
"""Precedents of a class that a decision looks at: older ones tell of another estate."""


class Precedent(Frozen):
    """One restart and what came of it; `incident_id`, `attempt` and `task` identify it."""

    task: TaskId
    incident_id: str
    attempt: Annotated[int, Field(ge=1)]
    at: datetime
    """When the restart was written ahead."""
    kinds: tuple[AnomalyKind, ...]
    error_class: ErrorClass
    action: Action
    made_by: Proposer | None
    confidence: Share | None
    stated_confidence: Share | None
    outcome: RestartOutcome
    detail: Annotated[str, Field(max_length=MAX_DETAIL)] = ""

    @property
    def helped(self) -> bool:
        """Whether the task was healthy after it."""
        return self.outcome is RestartOutcome.RECOVERED


def precedent_of(restart: Restart, incident: Incident) -> Precedent | None:
    """Make the precedent of a restart whose outcome is final; None while it is not."""
    if restart.outcome not in FINAL:
        return None
    proposal = incident.proposal
    made_by = restart.made_by or (proposal.made_by if proposal else "")
    return Precedent(
        task=restart.task,
        incident_id=restart.incident_id,
        attempt=restart.attempt,
        at=restart.requested_at,
        kinds=tuple(sorted(incident.kinds)),
        error_class=restart.error_class,
        action=restart.action,
        made_by=Proposer(made_by) if made_by else None,
        confidence=restart.confidence,
        stated_confidence=proposal.stated_confidence if proposal else None,
        outcome=restart.outcome,
        detail=redact(restart.detail)[:MAX_DETAIL],
    )


def similar_to(
    incident: Incident, precedents: Sequence[Precedent], at_most: int
) -> tuple[Precedent, ...]:
    """Choose those most like an incident, by task, server and kind of finding, then by age."""
    others = [one for one in precedents if one.incident_id != incident.id]
    alike = sorted(others, key=lambda one: (_likeness(incident, one), one.at), reverse=True)
    return tuple(sorted(alike[:at_most], key=lambda one: one.at))


def _likeness(incident: Incident, one: Precedent) -> int:
    subject = incident.subject
    same_server = one.task.server == subject.server
    same_task = same_server and one.task.task == subject.task
    return 4 * same_task + 2 * bool(incident.kinds & set(one.kinds)) + same_server
