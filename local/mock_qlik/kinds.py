"""The kinds of task, and for each the parameters it takes with their defaults."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from local.mock_qlik.vocabulary import StopReason


class Kind(StrEnum):
    """How a task behaves."""

    HEALTHY = "healthy"
    IDLE = "idle"
    LAGGING = "lagging"
    STUCK = "stuck"
    LARGE_TRANSACTION = "large_transaction"
    ABORTED = "aborted"
    ABORTED_AGAIN = "aborted_again"
    CHECKPOINT_CORRUPT = "checkpoint_corrupt"
    RECOVERY_ENDS_WELL = "recovery_ends_well"
    RECOVERY_LASTS = "recovery_lasts"
    STOPPED_BY_PERSON = "stopped_by_person"
    LOW_DISK = "low_disk"
    SUSPENDED_TABLE = "suspended_table"
    DATA_ERRORS = "data_errors"
    LICENCE = "licence"
    FLAPPING = "flapping"


# What every illness has: when it begins, how long it lasts when nobody acts (null: for ever), how
# many resumes end it, and how soon after a resume that did not end it the task is ill again.
_ONSET: Mapping[str, object] = MappingProxyType(
    {
        "onset_seconds": 0.0,
        "lasts_seconds": None,
        "cured_after_resumes": "never",
        "cured_by_reload": False,
        "fails_again_after_seconds": 0.0,
    }
)
_LOST = "Connection to the target endpoint was lost: network error, the task was aborted."
_POSITION = "The requested position is no longer available in the source's transaction log."
_CHECKPOINT = (
    "Failed to read the task's checkpoint: its swap file is corrupt, the task was aborted."
)
_RETRYING = "Task encountered a recoverable error: cannot connect to the source endpoint, retrying."
_FLAPS = "Task encountered a recoverable error: the target endpoint closed the connection."
_DISK = "The data folder's drive is low on disk space; the task was stopped."
_LICENCE = "The licence's limits were reached; the task was stopped."

PARAMETERS: Mapping[Kind, Mapping[str, object]] = MappingProxyType(
    {
        Kind.HEALTHY: {},
        Kind.IDLE: {},
        Kind.LAGGING: {**_ONSET, "latency_growth": 0.5, "side": "target"},
        Kind.STUCK: {**_ONSET, "cured_after_resumes": 1, "side": "target"},
        Kind.LARGE_TRANSACTION: {**_ONSET, "lasts_seconds": 900.0},
        Kind.ABORTED: {
            **_ONSET,
            "cured_after_resumes": 1,
            "cured_by_reload": True,
            "fails_again_after_seconds": 30.0,
            "message": _LOST,
        },
        Kind.ABORTED_AGAIN: {
            **_ONSET,
            "cured_by_reload": True,
            "fails_again_after_seconds": 30.0,
            "message": _POSITION,
        },
        Kind.CHECKPOINT_CORRUPT: {
            **_ONSET,
            "cured_by_checkpoint": True,
            "cured_by_reload": True,
            "fails_again_after_seconds": 30.0,
            "message": _CHECKPOINT,
        },
        Kind.RECOVERY_ENDS_WELL: {**_ONSET, "lasts_seconds": 300.0, "message": _RETRYING},
        Kind.RECOVERY_LASTS: {**_ONSET, "message": _RETRYING},
        Kind.STOPPED_BY_PERSON: {
            **_ONSET,
            "cured_after_resumes": 1,
            "message": "",
            "stop_reason": StopReason.NORMAL,
        },
        Kind.LOW_DISK: {
            **_ONSET,
            "lasts_seconds": 1800.0,
            "fails_again_after_seconds": 30.0,
            "message": _DISK,
            "stop_reason": StopReason.STOPPED_LOW_DISK_SPACE,
        },
        Kind.SUSPENDED_TABLE: {**_ONSET, "cured_by_reload": True, "tables_in_error": 1},
        Kind.DATA_ERRORS: {**_ONSET, "errors_per_minute": 12.0},
        Kind.LICENCE: {
            **_ONSET,
            "message": _LICENCE,
            "stop_reason": StopReason.EXPRESS_LICENSE_LIMITS_REACHED,
        },
        Kind.FLAPPING: {
            **_ONSET,
            "fails_again_after_seconds": 600.0,
            "down_seconds": 120.0,
            "recovers_by_itself": True,
            "message": _FLAPS,
        },
    }
)
ILLNESS_FIELDS = frozenset(name for parameters in PARAMETERS.values() for name in parameters)
