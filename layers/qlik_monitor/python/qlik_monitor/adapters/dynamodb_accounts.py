"""Gathers from DynamoDB all that an explanation of an incident is made of; it only reads."""

from datetime import datetime
from typing import TYPE_CHECKING

from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.explanation import approval_ids, tasks_acted_on
from qlik_monitor.domain.explanation_parts import Account
from qlik_monitor.domain.incident import Incident

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

OTHERS = "a pattern of this deployment's alerting rules, or the catalogue of another release"
"""Who told the class where the built-in catalogue does not."""


def read_account(table: "Table", incident: Incident, now: datetime) -> Account:
    """Read the restarts and the approvals of an incident; raises StoreUnavailable."""
    history, answers = DynamoDbRestarts(table), DynamoDbApprovals(table)
    approvals = [answers.get(approval_id) for approval_id in approval_ids(incident)]
    return Account(
        incident=incident,
        restarts=tuple(one for task in tasks_acted_on(incident) for one in history.of(task)),
        approvals={one.id: one for one in approvals if one},
        recognised_by=recognised_by(incident),
        now=now,
    )


def recognised_by(incident: Incident) -> str:
    """Name the entry of the built-in catalogue that tells an incident's class, and its reason."""
    snapshot = incident.snapshot
    if snapshot is None or incident.error_class is ErrorClass.UNKNOWN:
        return ""
    found = built_in_catalogue().entry_for(snapshot.state, snapshot.stop_reason, snapshot.message)
    if found is None or found.error_class is not incident.error_class:
        return OTHERS
    return f"{found.name}: {found.why}"
