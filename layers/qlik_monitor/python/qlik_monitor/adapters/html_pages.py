"""HTML pages: templates that escape everything, and the headers that every page has."""

import re
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from qlik_monitor.domain.invisible import runs_leftwards, shown
from qlik_monitor.domain.redaction import redact

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
        "moments": moments,
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


def moments(text: str) -> Markup:
    """Escape a text, and mark the moments in it, so that a page's script tells local times."""
    return Markup(MOMENT.sub(r'<time datetime="\1T\2Z">\1 \2 UTC</time>', str(escape(text))))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
