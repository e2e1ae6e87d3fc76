"""Texts for Slack: escaped and bounded, so that nobody else's words become links or mentions.

In Slack's markup only what stands between `<` and `>` links, mentions or dates; escaped, no text
holds either. Objects are `verbatim`, so that Slack makes no links of bare addresses.
"""

from datetime import UTC, datetime
from typing import Any

from qlik_monitor.domain.explanation_parts import fit

Block = dict[str, Any]
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
MAX_HEADER = 150
MAX_SECTION = 3000
MAX_BUTTON = 75
MAX_VALUE = 2000
MAX_CONFIRM_TITLE, MAX_CONFIRM_TEXT, MAX_CONFIRM_BUTTON = 100, 300, 30
MORE = "…"


def escaped(text: str, limit: int) -> str:
    """Make any text fit to be shown: redacted, on one line, escaped, at most so long then."""
    line = fit(text)
    whole = "".join(ESCAPES.get(one, one) for one in line)
    return whole if len(whole) <= limit else _cut(line, limit - len(MORE)) + MORE


def _cut(text: str, limit: int) -> str:
    """Escape as much of a text as fits: no escape is cut in two."""
    done, length = [], 0
    for one in text:
        written = ESCAPES.get(one, one)
        length += len(written)
        if length > limit:
            break
        done.append(written)
    return "".join(done)


def plain(text: str, limit: int) -> Block:
    """Make a text without markup."""
    return {"type": "plain_text", "text": escaped(text, limit), "emoji": False}


def header(text: str) -> Block:
    """Make a headline."""
    return {"type": "header", "text": plain(text, MAX_HEADER)}


def section(*lines: str) -> Block:
    """Make a paragraph of lines that are markup already; those that do not fit are left out."""
    kept: list[str] = []
    for line in lines:
        if len("\n".join([*kept, line])) > MAX_SECTION - len(f"\n{MORE}"):
            kept.append(MORE)
            break
        kept.append(line)
    return {"type": "section", "text": _markup("\n".join(kept))}


def small_print(*lines: str) -> Block:
    """Make a paragraph in small letters."""
    return {"type": "context", "elements": [section(*lines)["text"]]}


def _markup(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def date(moment: datetime) -> str:
    """Write a moment, which Slack shows in each reader's time zone; in UTC where it cannot."""
    seconds, utc = int(moment.timestamp()), moment.astimezone(UTC)
    return f"<!date^{seconds}^{{date_short_pretty}} {{time_secs}}|{utc:%Y-%m-%d %H:%M:%S} UTC>"
