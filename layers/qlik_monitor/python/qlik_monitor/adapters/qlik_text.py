"""Text that comes from Qlik: without secrets, bounded, and free of what could deceive a reader."""

import re

from qlik_monitor.domain.redaction import redact

MESSAGE_LIMIT = 2000
# A DynamoDB sort key holds 1,024 bytes and a server and a task name stand in one together.
NAME_LIMIT = 255
SEEN_LIMIT = 80

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Zero-width and direction marks: what a person approves must be what stands there.
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return `text` on one line, without secrets or control characters, cut at `limit`.

    What is read through here may be stored, logged and shown: it gives nothing away any more.
    """
    # The cut comes first too, so that a message of megabytes costs no more than a page, and last,
    # so that no secret is cut to a piece that is not known for one.
    return _cut(redact(_one_line(text[: 4 * limit])), limit)


def clean_name(name: str, limit: int = NAME_LIMIT) -> str:
    """Return a name as `clean_text` does, but whole: an identity may not be blotted out."""
    return _cut(_one_line(name[: 4 * limit]), limit)


def _one_line(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", text)
    return _INVISIBLE.sub("", _CONTROL.sub(" ", text)).strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def seen(value: object) -> str:
    """Return a short description of an unexpected value."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    # Qlik may send integers with more digits than Python agrees to print.
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of more than 30 digits"
    # Redacted before it is cut and quoted: half a key is no longer known for one.
    text = redact(value[:MESSAGE_LIMIT])[:SEEN_LIMIT] if isinstance(value, str) else value
    return clean_text(repr(text), SEEN_LIMIT)


def name_fault(value: object) -> str | None:
    """Return why `value` cannot name a server or a task, or None when it can."""
    if not isinstance(value, str) or not value.strip():
        return f"its name is {seen(value)}"
    if len(value) > NAME_LIMIT:
        return f"its name has {len(value)} characters, more than {NAME_LIMIT}"
    if _CONTROL.search(value) or _INVISIBLE.search(value) or _SURROGATE.search(value):
        return "its name holds invisible characters"
    return None


def shown(name: object) -> str:
    """Return a name for a message: as it is, or described when it cannot be a name."""
    return seen(name) if name_fault(name) else str(name)
