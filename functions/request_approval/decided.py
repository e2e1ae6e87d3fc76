"""A decision that was made between two tries of the step, with a token that was dead by then.

Only a try that the workflow waits for can hand it on, and nobody else may come: whoever decided has
been told that nobody waits.
"""

from functools import cache

from qlik_monitor.adapters.approval_desk import ApprovalDesk
from qlik_monitor.adapters.step_functions import WaitingWorkflow, step_functions_client
from qlik_monitor.composition import the_table, utc_now
from qlik_monitor.domain.approval import Approval
from qlik_monitor.observability import logger
from qlik_monitor.settings import RequestApprovalSettings


def hand_on(approval: Approval) -> None:
    """Hand on what is decided, as the desk does; where that fails it can be sent once more.

    The token that is stored is this try's own, so the page's button reaches the workflow, too.
    """
    taken = ApprovalDesk(the_table(RequestApprovalSettings), workflow(), utc_now).hand_on(approval)
    logger.info("decided between two tries", approval=approval.id, delivery=taken.delivery)


@cache
def workflow() -> WaitingWorkflow:
    """Return the way back into the waiting workflow."""
    return WaitingWorkflow(step_functions_client())
