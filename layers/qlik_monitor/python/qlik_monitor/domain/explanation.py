"""Explanations: an incident told from end to end, for people who were asleep when it happened.

Facts, class, what was proposed, what code made of it, the limits, who answered, what was done, what
came of it. Everything is redacted and bounded, and a part without content says why it has none.
"""

from datetime import datetime

from qlik_monitor.domain import (
    explanation_deeds,
    explanation_facts,
    explanation_next,
    explanation_proposal,
)
from qlik_monitor.domain.explanation_parts import Account, Row, Section, fit
from qlik_monitor.domain.explanation_words import STATUSES
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.invisible import shown
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import TaskId

NOT_ACTED_ON = frozenset({IncidentStatus.OPEN, IncidentStatus.AWAITING_APPROVAL})
"""Statuses in which nothing has been done for the present attempt."""
FINDINGS, MOST_IN_SHORT = "Findings", 3
IN_SHORT = (
    ("facts", ("State", "Last message")),
    ("proposal", ("Action", "Made by", "Confidence", "Cause", "Reasoning", "Risk")),
)
"""Rows that stand first where somebody is to decide."""
PARTS = (
    explanation_facts.facts,
    explanation_facts.error_class,
    explanation_proposal.proposal,
    explanation_proposal.decision,
    explanation_proposal.limits,
    explanation_deeds.approval,
    explanation_deeds.deeds,
    explanation_deeds.outcome,
    explanation_deeds.past,
    explanation_next.next_step,
)


class Explanation(Frozen):
    """A whole explanation; its parts stand in the order in which things happened."""

    incident_id: str
    subject: str
    severity: str
    status: str
    status_means: str
    as_of: datetime
    sections: tuple[Section, ...]

    def section(self, key: str) -> Section:
        """Return one part; raises KeyError when there is none of that name."""
        return {one.key: one for one in self.sections}[key]

    def in_short(self) -> tuple[Row, ...]:
        """Return what somebody has to know who decides on a phone; the rest says why."""
        found = "; ".join(
            entry
            for one in self.section("facts").lists
            if one.title == FINDINGS
            for entry in one.entries[:MOST_IN_SHORT]
        )
        rows = [Row(label="Finding", value=fit(found))] if found else []
        for key, labels in IN_SHORT:
            rows += [row for row in self.section(key).rows if row.label in labels]
        return tuple(rows)


def explain(account: Account) -> Explanation:
    """Tell everything that is known of an incident."""
    incident = account.incident
    return Explanation(
        incident_id=incident.id,
        subject=fit(shown(str(incident.subject))),
        severity=incident.severity.value,
        status=incident.status.value,
        status_means=STATUSES[incident.status],
        as_of=account.now,
        sections=tuple(part(account) for part in PARTS),
    )


def tasks_acted_on(incident: Incident) -> tuple[TaskId, ...]:
    """Name the tasks whose restarts an explanation needs."""
    if task := incident.subject.task_id:
        return (task,)
    if incident.resumed:
        return tuple(one.task for one in incident.resumed)
    acted = incident.status not in NOT_ACTED_ON
    return tuple(one.task for one in incident.candidates) if acted else ()


def approval_ids(incident: Incident) -> tuple[str, ...]:
    """Name the approvals that an explanation needs: those of the past, and the present one."""
    ids = (*(past.approval_id for past in incident.past), incident.approval_id)
    return tuple(dict.fromkeys(one for one in ids if one))
