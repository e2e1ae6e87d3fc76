"""The question that waits about an incident: its form for whoever may answer, or why there is none.

The form is sent to `approval_api`, which holds what the console must not have: the way to the
workflow's task tokens. It checks the session, the name and the form itself.
"""

from functions.console.pages import Visit
from functions.console.stores import recent
from qlik_monitor.adapters.secrets import signing_key
from qlik_monitor.adapters.void_by_reading import void_by_reading
from qlik_monitor.composition import settings
from qlik_monitor.domain.approval import MAX_COMMENT, Approval
from qlik_monitor.domain.audit import digest_of
from qlik_monitor.domain.console_answer import invitation_of, why_no_form
from qlik_monitor.domain.decision_form import DecisionForm, decision_form
from qlik_monitor.domain.explanation import Explanation
from qlik_monitor.domain.explanation_parts import Account
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rewriting import demand_of
from qlik_monitor.settings import ConsoleSettings

NOT_STORED = "The question is not stored any more, so nobody can answer it."


class Question(Frozen):
    """What the page says of a question that waits."""

    approval: Approval | None
    minutes: int = 0
    """Until it expires."""
    void: str | None = None
    """Why a yes would lead to nothing."""
    form: DecisionForm | None = None
    no_form: str = ""
    """Why there is no form."""
    max_comment: int = MAX_COMMENT


def question_of(account: Account, explanation: Explanation, visit: Visit) -> Question | None:
    """Return the question that waits about an incident; None where none does."""
    incident = account.incident
    if incident.status is not IncidentStatus.AWAITING_APPROVAL or visit.visitor is None:
        return None
    approval = (account.approvals or {}).get(incident.approval_id or "")
    if approval is None:
        return Question(approval=None, no_form=NOT_STORED)
    chosen = settings(ConsoleSettings)
    rules = chosen.panel_rules()
    minutes = approval.minutes_left(visit.now)
    void = void_by_reading(recent(), incident, approval)
    no_form = why_no_form(approval, visit.visitor, rules, visit.now)
    invitation = None if no_form else invitation_of(approval, visit.visitor, rules)
    form = None
    if invitation:
        demand, seen = demand_of(incident, approval), digest_of(explanation)
        key = signing_key(chosen.approval_secret_arn)
        form = decision_form(invitation, demand, seen, key, visit.now)
    return Question(approval=approval, minutes=minutes, void=void, form=form, no_form=no_form or "")
