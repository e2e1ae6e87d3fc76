"""Which actions can make sense for which class of error, and which class forbids more."""

from collections.abc import Mapping
from types import MappingProxyType

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.error_class import ErrorClass

_RESUMED = frozenset({Action.RESUME, Action.STOP_AND_RESUME})
_LEFT = frozenset({Action.WAIT, Action.ESCALATE})
SENSIBLE: Mapping[ErrorClass, frozenset[Action]] = MappingProxyType(
    {
        ErrorClass.CONNECTION: _RESUMED | _LEFT,
        ErrorClass.ENDPOINT_RESTART: _RESUMED | _LEFT,
        ErrorClass.AUTHENTICATION: _LEFT,
        ErrorClass.LICENSE: _LEFT,
        ErrorClass.CERTIFICATE: _LEFT,
        ErrorClass.LOG_POSITION_LOST: _LEFT | {Action.RELOAD_TARGET},
        ErrorClass.CHECKPOINT: _LEFT | {Action.RESUME_FROM_CHECKPOINT, Action.RELOAD_TARGET},
        ErrorClass.RESOURCE: _LEFT,
        ErrorClass.DATA: _LEFT | {Action.RELOAD_TABLE},
        ErrorClass.SCHEMA: _LEFT | {Action.RELOAD_TABLE},
        ErrorClass.TABLE_SUSPENDED: _LEFT | {Action.RELOAD_TABLE},
        # A stall has no message, and what no pattern knows a person may know.
        ErrorClass.UNKNOWN: _RESUMED | _LEFT,
    }
)
"""What can make sense for a class, whoever proposes it; everything else is refused."""

STRICTEST_FIRST = (
    ErrorClass.LICENSE,
    ErrorClass.CERTIFICATE,
    ErrorClass.AUTHENTICATION,
    ErrorClass.RESOURCE,
    ErrorClass.CHECKPOINT,
    ErrorClass.LOG_POSITION_LOST,
    ErrorClass.TABLE_SUSPENDED,
    ErrorClass.SCHEMA,
    ErrorClass.DATA,
    ErrorClass.ENDPOINT_RESTART,
    ErrorClass.CONNECTION,
)
"""A message that several classes could claim has the first of these; unknown claims none."""

OF_TABLES = frozenset({ErrorClass.TABLE_SUSPENDED, ErrorClass.SCHEMA, ErrorClass.DATA})
"""Classes of errors that can concern single tables of a task that runs."""


def forbids_restart(error_class: ErrorClass) -> bool:
    """Tell whether a resume makes no sense, whoever would approve it."""
    return Action.RESUME not in SENSIBLE[error_class]
