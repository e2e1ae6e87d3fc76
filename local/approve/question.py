"""The question that waits for an answer: what an operator is shown before they give one."""

from datetime import datetime
from typing import TYPE_CHECKING

from local.explain.search import find_incident
from local.history.command import NothingFound
from qlik_monitor.adapters.dynamodb_accounts import read_account
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.explanation import Explanation, explain
from qlik_monitor.domain.explanation_words import STATUSES, named
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

IN_SHORT = ("facts", "proposal", "approval")
"""The parts of an explanation that stand before a question: findings, proposal, who was asked."""


class Question(Frozen):
    """One question, and what is known of it."""

    incident: Incident
    approval: Approval
    shown: Explanation
    """The explanation in short: just what is printed."""


def read_question(table: "Table", wanted: str, now: datetime) -> Question:
    """Find the present question of an incident.

    Raises ConfigurationError where no incident fits, NothingFound where nobody is asked about it,
    and StoreUnavailable.
    """
    try:
        incident = find_incident(wanted, DynamoDbIncidents(table), DynamoDbRestarts(table))
    except NothingFound as nothing:
        # Here that is a wrong argument: which answer would not count is not known.
        raise ConfigurationError(str(nothing)) from None
    account = read_account(table, incident, now)
    approval = (account.approvals or {}).get(incident.approval_id or "")
    if approval is None:
        raise NothingFound(
            f"nobody is asked about {incident.subject} (incident {incident.id}): it is "
            f"{named(incident.status)}, {STATUSES[incident.status]}"
        )
    return Question(incident=incident, approval=approval, shown=_in_short(explain(account)))


def _in_short(explained: Explanation) -> Explanation:
    parts = tuple(explained.section(key) for key in IN_SHORT)
    return explained.model_copy(update={"sections": parts})
