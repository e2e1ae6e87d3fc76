"""The handbook: each action and each error class in words, with what code says of them.

The model's instructions are written from it, so what the model is told and what the policy holds
cannot differ.
"""

from collections.abc import Mapping
from types import MappingProxyType

from qlik_monitor.domain.actions import EXECUTABLE, RULES, Action
from qlik_monitor.domain.class_actions import SENSIBLE
from qlik_monitor.domain.error_class import ErrorClass

WHEN: Mapping[Action, str] = MappingProxyType(
    {
        Action.RESUME: "start the task where it left off, once an error that passes has stopped it",
        Action.STOP_AND_RESUME: "stop and resume a task whose work waits while nothing moves",
        Action.RESUME_FROM_CHECKPOINT: (
            "start from the last stored checkpoint, where a plain resume finds its own corrupt"
        ),
        Action.RELOAD_TABLE: "load one table anew, where it alone is suspended or in error",
        Action.RELOAD_TARGET: "load all tables anew, where the log position is lost for good",
        Action.WAIT: "do nothing: the task moves, catches up, or Replicate retries by itself",
        Action.ESCALATE: (
            "a person has to mend or judge something first, or an earlier restart ended alike"
        ),
    }
)
"""When an action is the right one."""

MEANING: Mapping[ErrorClass, str] = MappingProxyType(
    {
        ErrorClass.CONNECTION: "the way to an endpoint was lost or timed out",
        ErrorClass.ENDPOINT_RESTART: "a database was restarted, failed over or is starting",
        ErrorClass.AUTHENTICATION: "a login, password or permission was refused",
        ErrorClass.LICENSE: "a licence is missing, expired or exceeded",
        ErrorClass.CERTIFICATE: "a TLS certificate is not accepted",
        ErrorClass.LOG_POSITION_LOST: "the source's log is gone from where the task stood",
        ErrorClass.CHECKPOINT: "the task's own checkpoint or swap files are corrupt or lost",
        ErrorClass.RESOURCE: "disk, memory or another resource ran out",
        ErrorClass.DATA: "a value or row does not fit the target",
        ErrorClass.SCHEMA: "tables or columns of source and target differ",
        ErrorClass.TABLE_SUSPENDED: "a table was suspended while the others go on",
        ErrorClass.UNKNOWN: "nothing that the catalogue knows, or no message at all",
    }
)
"""What a class of error says has happened."""


def sensible_for(error_class: ErrorClass) -> tuple[Action, ...]:
    """Name what can make sense for a class, in the order of the list of actions."""
    return tuple(action for action in Action if action in SENSIBLE[error_class])


def actions_in_words() -> str:
    """List every action: its risk, the states it starts from, its effect, and when it is right."""
    return "\n".join(_action(action) for action in Action)


def _action(action: Action) -> str:
    rule = RULES[action]
    states = "/".join(state.value for state in rule.starts_from) or "any"
    facts = f"risk {rule.risk.value}; from {states}; {rule.effect.value}"
    return f"- `{action.value}` ({facts}): {WHEN[action]}"


def classes_in_words() -> str:
    """List every class: its meaning, and which actions that call Qlik can make sense."""
    return "\n".join(_class(error_class) for error_class in ErrorClass)


def _class(error_class: ErrorClass) -> str:
    calls = [action.value for action in sensible_for(error_class) if action in EXECUTABLE]
    return f"- `{error_class.value}`: {MEANING[error_class]}. {', '.join(calls) or 'No restart'}"
