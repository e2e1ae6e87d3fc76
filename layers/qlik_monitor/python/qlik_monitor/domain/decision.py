"""Decisions: what the policy lets happen to a proposal."""

from enum import StrEnum

from qlik_monitor.domain.actions import Action, Consent
from qlik_monitor.domain.model import Frozen


class DecisionKind(StrEnum):
    """The four ways on from a proposal."""

    AUTO = "auto"
    NEEDS_APPROVAL = "needs_approval"
    ESCALATE = "escalate"
    OBSERVE = "observe"


class Decision(Frozen):
    """A decision and every reason for it."""

    kind: DecisionKind
    action: Action
    reasons: tuple[str, ...]
    consent: Consent = Consent.PERSON
    """Who must agree: an approval of a weaker kind carries nothing out."""
