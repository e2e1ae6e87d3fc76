"""Text that comes from Qlik: bounded and free of characters that could deceive a reader."""

import re

MESSAGE_LIMIT = 2000
# A DynamoDB sort key holds 1,024 bytes and a server and a task name stand in one together.
NAME_LIMIT = 255
SEEN_LIMIT = 80

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Zero-width and direction marks: what a person approves must be what stands there.
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def clean_text(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return `text` on one line, without control characters, cut at `limit` characters."""
    # The cut comes first too, so that a message of megabytes costs no more than a page.
    text = _SURROGATE.sub("\ufffd", text[: 4 * limit])
    text = _INVISIBLE.sub("", _CONTROL.sub(" ", text)).strip()
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
    return clean_text(repr(value[:SEEN_LIMIT] if isinstance(value, str) else value), SEEN_LIMIT)


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
