"""Groups the outcomes of restarts by who proposed them and by class of error."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from qlik_monitor.domain.calibration import Calibration, Pair, calibration_of
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.ports import PrecedentStore
from qlik_monitor.domain.precedent import Precedent
from qlik_monitor.domain.proposal import Proposer

ENOUGH = 30
"""Outcomes from which figures mean something: a share of 30 is still off by 9 points as a rule
(the standard error of a half), and the ECE of fewer is mostly chance."""


class Kind(StrEnum):
    """Which confidence is held against the outcomes."""

    USED = "used"
    """The one that counted: the lower of what was stated and what the evidence carries."""
    STATED = "stated"
    """What the proposer said, before the evidence was weighed."""


@dataclass(frozen=True)
class Group:
    """Some of the outcomes, and how well one kind of confidence foretold them."""

    name: str
    kind: Kind
    calibration: Calibration

    @property
    def enough(self) -> bool:
        """Whether there are outcomes enough to draw conclusions."""
        return self.calibration.count >= ENOUGH


@dataclass(frozen=True)
class Outcomes:
    """Everything that the report shows; the first two groups are about all outcomes."""

    count: int
    without_confidence: int
    """Restarts whose record holds no confidence: an earlier release wrote it."""
    groups: tuple[Group, ...]


def read_outcomes(store: PrecedentStore) -> tuple[Precedent, ...]:
    """Read the precedents of all classes; raises StoreUnavailable."""
    return tuple(one for error_class in ErrorClass for one in store.of(error_class))


def outcomes_of(precedents: Sequence[Precedent]) -> Outcomes:
    """Compute every figure: of all, by maker and by class; groups without outcomes are left out."""
    named: dict[str, list[Precedent]] = {"all": list(precedents)}
    named |= {
        f"by the {maker.value}": [one for one in precedents if one.made_by is maker]
        for maker in Proposer
    }
    named |= {
        f"class {error_class.value}": [one for one in precedents if one.error_class is error_class]
        for error_class in ErrorClass
    }
    groups = (_group(name, kind, held) for name, held in named.items() for kind in Kind)
    return Outcomes(
        count=len(precedents),
        without_confidence=sum(1 for one in precedents if one.confidence is None),
        groups=tuple(group for group in groups if group.calibration.count),
    )


def _group(name: str, kind: Kind, held: Sequence[Precedent]) -> Group:
    pairs: list[Pair] = []
    for one in held:
        confidence = one.confidence if kind is Kind.USED else one.stated_confidence
        if confidence is not None:
            pairs.append((confidence, one.helped))
    return Group(name, kind, calibration_of(pairs))
