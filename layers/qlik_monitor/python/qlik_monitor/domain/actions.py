"""Actions: everything that can be proposed, and for each its risk, its effect and who must agree.

The list is closed: the model picks a name from it, and code alone builds the calls for that name.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import StopReason, TaskState


class Action(StrEnum):
    """Everything that can be proposed."""

    RESUME = "resume"
    STOP_AND_RESUME = "stop_and_resume"
    RESUME_FROM_CHECKPOINT = "resume_from_checkpoint"
    RELOAD_TABLE = "reload_table"
    RELOAD_TARGET = "reload_target"
    WAIT = "wait"
    ESCALATE = "escalate"


class Risk(StrEnum):
    """What an action can cost if it was wrong."""

    NONE = "none"
    LOW = "low"
    """It goes on where it left off; at worst it stops again."""
    MODERATE = "moderate"
    """A task that runs is stopped: at worst it does not start again."""
    HIGH = "high"
    """It goes on from an older position: changes may be applied twice."""
    DESTRUCTIVE = "destructive"
    """It rewrites tables of the target, and cannot be undone."""


class Effect(StrEnum):
    """What an action is to bring about; the verification looks for it, the model must name it."""

    RUNS_AGAIN = "runs_again"
    TABLE_LOADED = "table_loaded"
    TARGET_LOADED = "target_loaded"
    NOTHING_CHANGES = "nothing_changes"
    PERSON_TAKES_OVER = "person_takes_over"


class Consent(StrEnum):
    """Who must agree before an action is carried out."""

    NOBODY = "nobody"
    """Nothing is carried out."""
    SWITCHES = "switches"
    """A person, unless all switches for automatic restarts are on."""
    PERSON = "person"
    """A person, always."""
    STRONG = "strong"
    """A person on an approval of its own kind, who also types what is to be rewritten."""

    def covers(self, needed: "Consent") -> bool:
        """Tell whether a consent of this kind is enough where another is needed."""
        weakest_first = tuple(Consent)
        return weakest_first.index(self) >= weakest_first.index(needed)


class ActionRule(Frozen):
    """What holds for one action, whoever proposes it."""

    risk: Risk
    effect: Effect
    consent: Consent
    starts_from: tuple[TaskState, ...] = ()
    """States of the fresh reading that it may be carried out in."""
    calls: bool = True
    """Whether it calls Qlik at all."""


DOWN = (TaskState.ERROR, TaskState.STOPPED)
ABORT_REASONS = (StopReason.FATAL_ERROR, StopReason.RECOVERABLE_ERROR)
RULES: Mapping[Action, ActionRule] = MappingProxyType(
    {
        Action.RESUME: ActionRule(
            risk=Risk.LOW, effect=Effect.RUNS_AGAIN, consent=Consent.SWITCHES, starts_from=DOWN
        ),
        Action.STOP_AND_RESUME: ActionRule(
            risk=Risk.MODERATE,
            effect=Effect.RUNS_AGAIN,
            consent=Consent.SWITCHES,
            starts_from=(TaskState.RUNNING,),
        ),
        Action.RESUME_FROM_CHECKPOINT: ActionRule(
            risk=Risk.HIGH, effect=Effect.RUNS_AGAIN, consent=Consent.PERSON, starts_from=DOWN
        ),
        # Qlik reloads a table of a running task only, and all tables of a stopped one only.
        Action.RELOAD_TABLE: ActionRule(
            risk=Risk.DESTRUCTIVE,
            effect=Effect.TABLE_LOADED,
            consent=Consent.STRONG,
            starts_from=(TaskState.RUNNING,),
        ),
        Action.RELOAD_TARGET: ActionRule(
            risk=Risk.DESTRUCTIVE,
            effect=Effect.TARGET_LOADED,
            consent=Consent.STRONG,
            starts_from=DOWN,
        ),
        Action.WAIT: ActionRule(
            risk=Risk.NONE, effect=Effect.NOTHING_CHANGES, consent=Consent.NOBODY, calls=False
        ),
        Action.ESCALATE: ActionRule(
            risk=Risk.NONE, effect=Effect.PERSON_TAKES_OVER, consent=Consent.NOBODY, calls=False
        ),
    }
)
DESTRUCTIVE = frozenset(one for one, rule in RULES.items() if rule.risk is Risk.DESTRUCTIVE)
"""Never automatic, never a fallback, and only with an approval of their own."""
EXECUTABLE = frozenset(one for one, rule in RULES.items() if rule.calls)
AUTOMATABLE = frozenset(one for one, rule in RULES.items() if rule.consent is Consent.SWITCHES)
"""All that a switch can let run without a person."""
