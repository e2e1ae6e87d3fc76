"""Error classes: what kind of trouble a task is in; `error_catalogue` tells which one."""

from enum import StrEnum


class ErrorClass(StrEnum):
    """A class says which actions can make sense (`class_actions`); unknown goes to a person."""

    CONNECTION = "connection"
    ENDPOINT_RESTART = "endpoint_restart"
    AUTHENTICATION = "authentication"
    LICENSE = "license"
    CERTIFICATE = "certificate"
    LOG_POSITION_LOST = "log_position_lost"
    CHECKPOINT = "checkpoint"
    RESOURCE = "resource"
    DATA = "data"
    SCHEMA = "schema"
    TABLE_SUSPENDED = "table_suspended"
    UNKNOWN = "unknown"


CURABLE = frozenset({ErrorClass.CONNECTION, ErrorClass.ENDPOINT_RESTART})
"""Classes that a resume usually cures once the cause has passed."""
