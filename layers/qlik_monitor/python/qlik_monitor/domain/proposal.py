"""Proposals: what someone suggests to do about an incident, and how sure they are."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.model import Frozen


class Proposer(StrEnum):
    """Who made a proposal."""

    MODEL = "model"
    RULES = "rules"


Line = Annotated[str, Field(max_length=1000)]


Share = Annotated[float, Field(ge=0.0, le=1.0)]


class ConfidencePart(Frozen):
    """One thing that speaks for or against an action, from 0 to 1, and why."""

    name: str
    value: Share
    because: Line


class Proposal(Frozen):
    """A suggested action with its confidence (0 to 1), its reasons and its maker."""

    action: Action
    confidence: Share
    """What counts: the lower of what the proposer stated and what the evidence carries."""
    stated_confidence: Share | None = None
    """What the proposer said; None until the evidence was weighed."""
    parts: tuple[ConfidencePart, ...] = ()
    """What the evidence's score is made of: the lowest part is the score."""
    table: Annotated[str, Field(max_length=300)] | None = None
    """The one table that a reload is proposed for, as `schema.table`."""
    said_class: ErrorClass | None = None
    """The class that the model reads from the facts; None for a proposal of the rules."""
    quotes_found: Share | None = None
    """Which share of the evidence stands in the facts that the model was sent; as above."""
    cause: Line
    reasoning: Annotated[str, Field(max_length=4000)]
    evidence: tuple[Line, ...] = ()
    made_by: Proposer
    model: str | None = None
    rules_because: str | None = None
    """Why the rules answered and not the model; None when the model did."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: bool = False
    """Whether the model said so earlier, about the same illness: no token was spent again."""
