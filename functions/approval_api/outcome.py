"""What came of an answer: the incident's account, looked at for some seconds after a decision.

The workflow reads the task again within a second or two, and refuses what has changed. Whoever has
just said yes is to be told so, rather than that all is on its way.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from qlik_monitor.adapters.approval_desk import Taken
from qlik_monitor.adapters.dynamodb_accounts import read_account, recognised_by
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import the_table, utc_now
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.explanation_parts import Account
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.observability import logger
from qlik_monitor.settings import ApprovalApiSettings

PATIENCE = timedelta(seconds=5)
"""How long the page waits for the workflow's next step."""
LOOK_SECONDS = 0.5


def account_after(taken: Taken, sleep: Callable[[float], None] = time.sleep) -> Account:
    """Return the account, once the workflow has gone on or patience is over."""
    if taken.delivery != "taken":
        return account_of(taken.approval)
    incidents = DynamoDbIncidents(the_table(ApprovalApiSettings))
    ends = utc_now() + PATIENCE
    while utc_now() < ends:
        status = incidents.get(taken.approval.incident_id).status
        if status is not IncidentStatus.AWAITING_APPROVAL:
            break
        sleep(LOOK_SECONDS)
    return account_of(taken.approval)


def account_of(approval: Approval) -> Account:
    """Read all that is known of an approval's incident, and say what could not be read."""
    table, now = the_table(ApprovalApiSettings), utc_now()
    incident = DynamoDbIncidents(table).get(approval.incident_id)
    try:
        return read_account(table, incident, now)
    except StoreUnavailable as error:
        # Who has to answer needs the page more than all of its past; what lacks is told there.
        logger.warning("past not read", approval=approval.id, reason=str(error))
        known = {approval.id: approval}
        told = recognised_by(incident)
        return Account(
            incident=incident, restarts=None, approvals=known, recognised_by=told, now=now
        )
