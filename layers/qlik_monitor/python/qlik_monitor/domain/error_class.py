"""Error classes: what kind of trouble a task's last message speaks of."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from qlik_monitor.domain.actions import Action


class ErrorClass(StrEnum):
    """A class says whether a resume can make sense; unknown goes to a person."""

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

# The first pattern that fits decides, so what must never be resumed stands before what may be.
PATTERNS: tuple[tuple[ErrorClass, str], ...] = (
    (ErrorClass.LICENSE, r"licen[cs]e"),
    (ErrorClass.CERTIFICATE, r"certificate|x\.?509|ssl handshake|tls handshake"),
    (
        ErrorClass.AUTHENTICATION,
        r"invalid username|login failed|password|authentication|access denied|permission|"
        r"insufficient privileges|ora-01017|ora-28000|ora-01031|unauthori[sz]ed",
    ),
    (
        ErrorClass.LOG_POSITION_LOST,
        r"archived? (redo )?log .*(missing|not (found|available|exist))|"
        r"(?<!network name is )no longer available|"
        r"(scn|lsn|binlog|log position|replication slot).*(missing|gone|purged|not found|"
        r"does not exist|no longer|invalid)|ora-00308|ora-01555",
    ),
    (ErrorClass.CHECKPOINT, r"checkpoint|swap file|corrupt"),
    (ErrorClass.RESOURCE, r"out of memory|low memory|no space left|disk (is )?full|low disk"),
    (ErrorClass.SCHEMA, r"\bddl\b|column .*(not exist|not found|missing|type)|table .*not exist"),
    (ErrorClass.DATA, r"data error|truncat|constraint|duplicate key|conversion|null value"),
    (
        ErrorClass.CONNECTION,
        r"connection|network|timed? ?out|unreachable|connect to|socket|broken pipe|reset by peer|"
        r"recoverable error|host .*down|ora-03113|ora-03114|ora-12541|ora-12170|database .*restart",
    ),
)
_COMPILED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in PATTERNS)


def classify(message: str) -> ErrorClass:
    """Name the class of a message; what no pattern knows is unknown."""
    return next(
        (name for name, pattern in _COMPILED if pattern.search(message)), ErrorClass.UNKNOWN
    )
