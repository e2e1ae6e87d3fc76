"""The words of the vendor's API: states, reasons, options and error codes, as they travel."""

from enum import StrEnum


class TaskState(StrEnum):
    """What a task's `state` can say."""

    STOPPED = "STOPPED"
    RUNNING = "RUNNING"
    ERROR = "ERROR"
    RECOVERY = "RECOVERY"

    @property
    def active(self) -> bool:
        """Whether the task's process is alive: it can be stopped, but not run."""
        return self in {TaskState.RUNNING, TaskState.RECOVERY}


class StopReason(StrEnum):
    """Why a task is not running."""

    NONE = "NONE"
    NORMAL = "NORMAL"
    RECOVERABLE_ERROR = "RECOVERABLE_ERROR"
    FATAL_ERROR = "FATAL_ERROR"
    FULL_LOAD_ONLY_FINISHED = "FULL_LOAD_ONLY_FINISHED"
    STOPPED_AFTER_FULL_LOAD = "STOPPED_AFTER_FULL_LOAD"
    STOPPED_AFTER_CACHED_EVENTS = "STOPPED_AFTER_CACHED_EVENTS"
    EXPRESS_LICENSE_LIMITS_REACHED = "EXPRESS_LICENSE_LIMITS_REACHED"
    STOPPED_AFTER_DDL_APPLY = "STOPPED_AFTER_DDL_APPLY"
    STOPPED_LOW_MEMORY = "STOPPED_LOW_MEMORY"
    STOPPED_LOW_DISK_SPACE = "STOPPED_LOW_DISK_SPACE"


class RunOption(StrEnum):
    """How a task may be run. `NONE` is for Compose, and is refused here."""

    NONE = "NONE"
    RESUME_PROCESSING = "RESUME_PROCESSING"
    RELOAD_TARGET = "RELOAD_TARGET"
    RESUME_PROCESSING_FROM_TIMESTAMP = "RESUME_PROCESSING_FROM_TIMESTAMP"
    METADATA_ONLY_RECREATE_ALL_TABLES = "METADATA_ONLY_RECREATE_ALL_TABLES"
    METADATA_ONLY_CREATE_MISSING_TABLES = "METADATA_ONLY_CREATE_MISSING_TABLES"
    RECOVER_USING_LOCALLY_STORED_CHECKPOINT = "RECOVER_USING_LOCALLY_STORED_CHECKPOINT"
    RECOVER_USING_CHECKPOINT_STORED_ON_TARGET = "RECOVER_USING_CHECKPOINT_STORED_ON_TARGET"
    RESUME_PROCESSING_FROM_POSITION = "RESUME_PROCESSING_FROM_POSITION"

    @property
    def needs_position(self) -> bool:
        """Whether the body must name where to start (`cdcposition`)."""
        return self in {
            RunOption.RESUME_PROCESSING_FROM_TIMESTAMP,
            RunOption.RESUME_PROCESSING_FROM_POSITION,
            RunOption.RECOVER_USING_CHECKPOINT_STORED_ON_TARGET,
        }


class ServerState(StrEnum):
    """What Enterprise Manager thinks of a server; the marked one is ours, after its error code."""

    MONITORED = "MONITORED"
    NOT_MONITORED = "NOT_MONITORED"
    NOT_CONNECTED = "NOT_CONNECTED"  # ours
    ERROR = "ERROR"


class LicenseState(StrEnum):
    """A server's licence, in the spelling that the vendor's client parses."""

    VALID_LICENSE = "VALID_LICENSE"
    INVALID_LICENSE_CHECKSUM = "INVALID_LICENSE_CHECKSUM"
    EXPIRED_LICENSE = "EXPIRED_LICENSE"
    NO_LICENSE = "NO_LICENSE"
    MACHINE_NOT_LICENSED = "MACHINE_NOT_LICENSED"
    INVALID_LICENSE = "INVALID_LICENSE"


class ErrorCode(StrEnum):
    """What `error_code` can say; the marked ones are ours, by analogy: no source shows them."""

    UNAUTHORIZED_REQUEST = "UNAUTHORIZED_REQUEST"
    INVALID_SESSION_ID = "INVALID_SESSION_ID"
    DESERIALIZE_TO_TYPE = "DESERIALIZE_TO_TYPE"
    LICENSE_NOT_FOUND = "LICENSE_NOT_FOUND"
    AEM_SERVER_NOT_FOUND = "AEM_SERVER_NOT_FOUND"
    AEM_SERVER_NOT_MONITORED = "AEM_SERVER_NOT_MONITORED"
    AEM_SERVER_NOT_CONNECTED = "AEM_SERVER_NOT_CONNECTED"
    AEM_SERVER_LICENSE_EXPIRED = "AEM_SERVER_LICENSE_EXPIRED"
    AEM_SERVER_INVALID_LICENSE = "AEM_SERVER_INVALID_LICENSE"
    AEM_TASK_ALREADY_STOPPED = "AEM_TASK_ALREADY_STOPPED"
    AEM_STOP_TASK_TIMEOUT = "AEM_STOP_TASK_TIMEOUT"
    AEM_INVALID_TASK_NOT_FL = "AEM_INVALID_TASK_NOT_FL"
    AEM_RELOAD_TABLE_ERR = "AEM_RELOAD_TABLE_ERR"
    AEM_TASK_NOT_FOUND = "AEM_TASK_NOT_FOUND"  # ours
    AEM_TASK_ALREADY_RUNNING = "AEM_TASK_ALREADY_RUNNING"  # ours
    AEM_RUN_TASK_TIMEOUT = "AEM_RUN_TASK_TIMEOUT"  # ours
    AEM_ENDPOINT_NOT_FOUND = "AEM_ENDPOINT_NOT_FOUND"  # ours


class Refusal(Exception):
    """The server says no: an error code and a sentence, which each API words in its own way."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
