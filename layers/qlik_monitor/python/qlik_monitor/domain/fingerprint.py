"""Fingerprints: what makes an illness the same, so that the model is asked about it once.

What changes from reading to reading (latencies, times, positions in a log) is left out; whatever
could change the answer is in. Doubt makes two fingerprints: a question too many costs a cent, an
answer to another illness could cost a table. Examples from the past that go along with a question
are left out: they grow with every incident, and an unchanged illness would be asked about anew.
"""

import hashlib
import json
import re

from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Restart

MOST_RESTARTS = 10
"""As many as the model is told of."""

# The first that fits decides. Codes stay as they are: they say which illness it is.
_VOLATILE = re.compile(
    r"(?P<guid>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b)"
    # error 1205, code: -2147467259, SqlState=42000, ORA-03113, [1022502], HTTP 503
    r"|(?P<code>\b\w*(?:error|code|state|status|errno|http|rc)\W{0,3}\d+\b"
    r"|\b[a-z]{2,}-\d+\b|\[\d+\])"
    # 'sales'.'2024', sales.2024: a table may be named like a number
    r"|(?P<name>(?P<quote>['\"`])\d+(?P=quote)|(?<=[a-z_]\.)\d+\b)"
    r"|(?P<address>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<hex>\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b)"
    r"|(?P<number>\b\d+(?:[.,]\d+)*\b)",
    re.IGNORECASE,
)
_KEPT = frozenset({"code", "name", "address"})


def steady(text: str) -> str:
    """Put placeholders for what differs each time the same is said; codes and names stay."""
    return _VOLATILE.sub(_placeholder, " ".join(text.split()))


def _placeholder(match: re.Match[str]) -> str:
    kind = next(name for name, text in match.groupdict().items() if text is not None)
    return match.group() if kind in _KEPT else f"<{kind}>"


def print_of(message: str) -> str:
    """Name what a message says, whatever its numbers and times; 16 hexadecimal digits."""
    return hashlib.sha256(steady(redact(message)).encode()).hexdigest()[:16]


def fingerprint(
    incident: Incident, history: tuple[Restart, ...], *, model: str, instructions: str
) -> str:
    """Name an illness, and who is asked about it how; two subjects never share a name."""
    snapshot = incident.snapshot
    same = {
        "subject": incident.subject.model_dump(mode="json"),
        "findings": sorted(
            [anomaly.kind.value, anomaly.severity.value, steady(redact(anomaly.summary))]
            for anomaly in incident.anomalies
        ),
        "state": snapshot.state.value if snapshot else None,
        "stop_reason": snapshot.stop_reason.value if snapshot else None,
        "message": steady(redact(snapshot.message)) if snapshot else None,
        "error_class": incident.error_class.value,
        "restarts": [
            [restart.action.value, restart.table, restart.outcome.value]
            for restart in history[-MOST_RESTARTS:]
        ],
        "attempt": incident.attempt,
        "model": model,
        "instructions": instructions,
    }
    text = json.dumps(same, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
