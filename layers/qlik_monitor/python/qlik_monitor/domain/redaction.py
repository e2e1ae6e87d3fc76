"""Redaction: what must not leave in a prompt, a message or a page is blotted out first."""

import re

BLOT = "[redacted]"
# Part of a longer name too, as in db_password; a short one only as a word of its own.
_SECRET_NAME = (
    r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|credential|"
    r"(?<![a-z0-9])sas(?![a-z0-9]))\w*"
)
_PATTERNS = (
    # name = value, name: value, in any quoting
    re.compile(
        rf"(?i)({_SECRET_NAME}[\"']?\s*[=:]\s*)"
        r"(\"(?:[^\"\\]|\\.)*\"|'[^']*'|\{[^}]*\}|[^\s;,&)\"']+)"
    ),
    # user:password@host of a URL
    re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s:/@]+:)([^\s/]+)(?=@)"),
    re.compile(r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{8,})"),
    # keys that are known by their form: OpenAI, AWS, JSON web tokens
    re.compile(r"()\b(sk-[A-Za-z0-9_-]{16,}|AKIA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*)"),
)


def redact(text: str) -> str:
    """Blot out passwords, tokens and keys that a text gives away."""
    for pattern in _PATTERNS:
        text = pattern.sub(lambda match: f"{match.group(1)}{BLOT}", text)
    return text
