"""HTML pages: templates that escape everything, and the headers that every page has."""

import re
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from qlik_monitor.domain.explanation_words import counted, plural
from qlik_monitor.domain.invisible import runs_leftwards, shown
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.words import magnitude, seconds

SHARED = Path(__file__).parents[1] / "templates"
"""What pages of several functions have in common."""
HEADERS_OF_ALL = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Strict-Transport-Security": "max-age=31536000",
}
"""Of every page; what it may load, and who may keep it, each function says."""
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC", re.ASCII)
"""A moment as explanations write it."""
NUMBER = re.compile(r"(?<![\w.,:/=#+-])(\d{3,15}) (s|records(?:/s)?)(?![\w/])", re.ASCII)
"""A number as readings are kept: exact, in seconds or records."""
COMMAND = re.compile(r"`(make [^`<>]{1,80})`")
"""What to type, as explanations write it."""


def templates_in(folder: Path) -> Environment:
    """Load templates of a function, and the shared ones; a name that is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader((folder, SHARED)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "redact": redacted,
        "name": name,
        "shown": shown,
        "readable": readable,
        "counted": counted,
        "plural": plural,
        "iso": _iso,
    }
    return environment


def redacted(text: str) -> str:
    """Blot out what must not be shown, and show what cannot be seen."""
    return shown(redact(text))


def name(text: str) -> Markup:
    """Set apart what reads from right to left: a name of others turns nothing beside it round."""
    told = redacted(text)
    return Markup("<bdi>{}</bdi>").format(told) if runs_leftwards(told) else escape(told)


def readable(text: str) -> Markup:
    """Escape a text of ours, and write it as pages do.

    Moments are marked, so that a page's script tells local times; numbers are short, and exact
    when pointed at; what to type looks like it.
    """
    told = MOMENT.sub(r'<time datetime="\1T\2Z">\1 \2 UTC</time>', str(escape(text)))
    return Markup(COMMAND.sub(r"<code>\1</code>", NUMBER.sub(_short, told)))


def _short(found: re.Match[str]) -> str:
    number, unit = int(found[1]), found[2]
    said = seconds(number) if unit == "s" else f"{magnitude(number)} {unit}"
    return found[0] if said == found[0] else f'<span title="{found[0]}">{said}</span>'


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
