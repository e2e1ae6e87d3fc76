"""Pages: HTML from templates that escape everything, and the headers that keep them private.

Every address in a page is relative, so that it holds behind any stage or domain.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response
from jinja2 import Environment

from functions.console import static_files
from functions.console.static_files import StaticFile
from qlik_monitor.adapters.html_pages import HEADERS_OF_ALL, templates_in
from qlik_monitor.domain.console_session import SignIn
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.words import magnitude, seconds

HTML = "text/html; charset=utf-8"
EVERYWHERE = HEADERS_OF_ALL | {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
}
PRIVATE = EVERYWHERE | {"Cache-Control": "no-store", "Vary": "Cookie"}
FOR_EVER = EVERYWHERE | {"Cache-Control": "public, max-age=31536000, immutable"}


class View(Frozen):
    """Which template shows what."""

    template: str
    title: str
    values: Mapping[str, object] = {}
    status_code: int = 200


class Visit(Frozen):
    """Where a page is shown, and to whom."""

    path: str
    now: datetime
    visitor: SignIn | None = None

    @property
    def root(self) -> str:
        """The way from the page up to where `console` stands."""
        return "../" * (self.path.count("/") - 1) or "./"


def render(view: View, visit: Visit) -> Response[str]:
    """Make a page that nobody but its reader keeps."""
    html = (
        _templates()
        .get_template(view.template)
        .render(
            title=view.title,
            root=visit.root,
            here=visit.path.rstrip("/"),
            visitor=visit.visitor,
            now=visit.now,
            **view.values,
        )
    )
    return Response(view.status_code, HTML, html, headers=dict(PRIVATE))


def message(title: str, text: str, status_code: int) -> View:
    """Show one sentence."""
    return View(
        template="message.html", title=title, values={"text": text}, status_code=status_code
    )


def serve(file: StaticFile) -> Response[str]:
    """Send a static file, to be kept for ever: another content has another name."""
    return Response(200, file.content_type, file.text, headers=dict(FOR_EVER))


def download(name: str, text: str) -> Response[str]:
    """Send CSV, to be saved under this name and kept nowhere else."""
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(200, "text/csv; charset=utf-8", text, headers=PRIVATE | kept)


def see_other(address: str) -> Response[str]:
    """Send a browser on after a form."""
    return Response(303, HTML, "", headers=PRIVATE | {"Location": address})


@cache
def _templates() -> Environment:
    environment = templates_in(Path(__file__).parent / "templates")
    environment.filters |= {
        "seconds": seconds,
        "magnitude": magnitude,
        "words": _words,
        "in_query": _in_query,
        "utc": _utc,
    }
    environment.globals |= {"static": lambda name: static_files.names()[name]}
    return environment


def _words(name: str) -> str:
    return name.replace("_", " ")


def _in_query(text: str) -> str:
    # Everything, slashes too: a name may hold whatever it likes.
    return quote(text, safe="")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
