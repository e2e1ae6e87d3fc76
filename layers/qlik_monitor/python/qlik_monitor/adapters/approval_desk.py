"""The approval desk: takes a person's answer, whichever way it comes, and hands the decision on.

    judge by what is stored ──▶ one conditional write, with its audit entry
                            ──▶ SendTaskSuccess ──▶ the note of it, with its audit entry

Who may answer at all is the caller's to check: a link, a session, a chat tool's signature, or the
credentials of an operator.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_recent_history import RecentHistory
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.adapters.void_by_reading import void_by_reading
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus
from qlik_monitor.domain.audit import Origin
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.model import Frozen
from qlik_monitor.errors import DecisionNotDelivered
from qlik_monitor.observability import count, logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Delivery = Literal["not_due", "taken", "too_late", "not_delivered", "not_yours"]
"""What the workflow made of a decision; `not_due` while others still have to agree, `not_yours`
where it is not known to have arrived, and whoever says otherwise is not to hand it on."""


PAUSES = (0.1, 0.2, 0.4, 0.8, 1.5)
"""Seconds between looks whether another request has handed a decision on."""


WENT_ON = {
    ApprovalStatus.APPROVED: (IncidentStatus.EXECUTING, IncidentStatus.VERIFYING),
    ApprovalStatus.REJECTED: (IncidentStatus.REJECTED,),
}
"""How an incident stands only after its workflow took such a decision."""


TOO_LATE = "Nobody waits for this decision any more: it came too late, or was handed on before"
"""What is told of it; which of both it was is not known here."""


class Taken(Frozen):
    """How an approval stands after an answer, and what the workflow made of it."""

    approval: Approval
    delivery: Delivery


class ApprovalDesk:
    """Takes answers."""

    def __init__(
        self,
        table: "Table",
        workflow: WaitingWorkflow,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Answers are kept in this table; this workflow waits for them."""
        self._workflow, self._now, self._sleep = workflow, now, sleep
        self._approvals, self._incidents = DynamoDbApprovals(table), DynamoDbIncidents(table)
        self._history = RecentHistory(table)

    def void_because(self, incident: Incident, approval: Approval) -> str | None:
        """Say why a yes would lead to nothing, by the stored readings, or None."""
        return void_by_reading(self._history, incident, approval)

    def take(self, approval: Approval, answer: Answer, origin: Origin) -> Taken:
        """Take an answer if it still counts, and hand on what it decides.

        One that comes too late counts no more, and leaves the question as it was.
        """
        if approval.is_expired(answer.at):
            return self.hand_on(approval)
        incident = self._incidents.get(approval.incident_id)
        says_yes = answer.status is ApprovalStatus.APPROVED
        void = self.void_because(incident, approval) if says_yes else None
        stands = self._approvals.answer(approval.id, answer, origin, void or "")
        counted = any(one.by == answer.by and one.at == answer.at for one in stands.answers)
        if counted:
            count("ApprovalsAnswered")
            logger.info(
                "approval answered",
                approval=stands.id,
                status=stands.status.value,
                way=origin.way.value,
                answers=len(stands.answers),
                needed=stands.needed,
            )
            return self.hand_on(stands)
        return self.again(stands, answer.status)

    def again(self, approval: Approval, said: ApprovalStatus) -> Taken:
        """Hand a stored decision on for somebody who says the same.

        Whoever says no to what was approved, and reached nobody yet, is not the one to start it.
        """
        same = said is approval.status or (
            said is ApprovalStatus.APPROVED and approval.status is ApprovalStatus.VOID
        )
        if same or approval.delivered or approval.status is ApprovalStatus.PENDING:
            return self.hand_on(approval)
        done = self._handed_on_elsewhere(approval)
        known = approval.model_copy(update={"delivered": done})
        return Taken(approval=known, delivery="taken" if done else "not_yours")

    def hand_on(self, approval: Approval) -> Taken:
        """Hand a stored decision to the workflow unless that is done; again is harmless."""
        if approval.status is ApprovalStatus.PENDING:
            return Taken(approval=approval, delivery="not_due")
        if approval.delivered:
            return Taken(approval=approval, delivery="taken")
        problem, taken = "", False
        try:
            token = self._approvals.task_token(approval.id)
            taken = self._workflow.go_on(token, approval.status.value, approval.void_because)
        except DecisionNotDelivered as error:
            problem = str(error)
        if not taken and not problem:
            taken = self._went_on(approval)
        if taken:
            self._approvals.delivered(approval, self._now())
        if taken or self._handed_on_elsewhere(approval):
            done = approval.model_copy(update={"delivered": True})
            return Taken(approval=done, delivery="taken")
        count("DecisionsNotDelivered")
        if problem:
            logger.error("decision not delivered", approval=approval.id, reason=problem)
            return Taken(approval=approval, delivery="not_delivered")
        logger.warning("nobody waits for the decision", approval=approval.id)
        return Taken(approval=approval, delivery="too_late")

    def _went_on(self, approval: Approval) -> bool:
        """Tell whether the workflow has gone on by this decision, though its answer was lost."""
        incident = self._incidents.get(approval.incident_id)
        if incident.attempt != approval.attempt:
            return False
        return incident.status in WENT_ON.get(approval.status, ())

    def _handed_on_elsewhere(self, approval: Approval) -> bool:
        """Tell whether another request has handed the decision on; look for some seconds.

        Of many who answer at once one hands it on, and notes so a moment after the workflow took
        it: the others are not to be told that nobody waits, or that it could not be reached.
        """
        for pause in (0.0, *PAUSES):
            self._sleep(pause)
            now = self._approvals.get(approval.id)
            if now is None or now.delivered:
                return now is not None
        return False
