"""Who of a run's approvers answers which mail, and in which order."""

import pytest

from local.run.inbox import Message
from local.run.plan import Answer, ExpectedIncident, Plan
from local.run.runner import Step, _step

ANA, BEN = "ana@example.com", "ben@example.com"
PLAN = Plan.model_validate(
    {
        "description": "two agree to one, anybody to another",
        "qlik": {"servers": []},
        "incidents": [
            ExpectedIncident(
                subject="S/Both", approver=Answer.APPROVE, answered_by=(ANA, BEN), ends="healed"
            ),
            ExpectedIncident(subject="S/Any", approver=Answer.REJECT, ends="rejected"),
            ExpectedIncident(subject="S/None", approver=Answer.IGNORE, ends="expired"),
            ExpectedIncident(subject="S/Unasked", ends="escalated"),
        ],
    }
)


def mail(about: str, approver: str = "") -> Message:
    return Message("approval_requested", "a subject", f"About     {about}", approver)


@pytest.mark.parametrize(
    ("message", "step"),
    [
        (mail("S/Both", ANA), Step(Answer.APPROVE, 0, decides=False)),
        (mail("S/Both", BEN), Step(Answer.APPROVE, 1, decides=True)),
        (mail("S/Both", "eve@example.com"), None),
        (mail("S/Any"), Step(Answer.REJECT)),
        (mail("S/None"), Step(Answer.IGNORE)),
        (mail("S/Unasked"), Step(Answer.IGNORE)),
        (mail("S/Unknown"), Step(Answer.IGNORE)),
    ],
)
def test_each_mail_is_answered_by_whom_the_plan_names(message: Message, step: Step | None) -> None:
    assert _step(PLAN, message) == step
