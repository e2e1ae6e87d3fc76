"""Pages: HTML from templates that escape everything, and the headers that keep them private."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment

from functions.approval_api.form import MAX_COMMENT, Form
from qlik_monitor.adapters.html_pages import HEADERS_OF_ALL, templates_in
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.explanation import explain
from qlik_monitor.domain.explanation_parts import Account
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rewriting import demand_of

HEADERS = HEADERS_OF_ALL | {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
}
Delivery = Literal["taken", "too_late", "not_delivered"]


class Page(Frozen):
    """A rendered page."""

    status_code: int
    html: str
    headers: dict[str, str] = HEADERS


@cache
def _templates() -> Environment:
    environment = templates_in(Path(__file__).parent / "templates")
    environment.filters["utc"] = _utc
    return environment


def form_page(account: Account, approval: Approval, form: Form) -> Page:
    """Explain the incident and show the form; 400 when a form came back with a problem."""
    minutes = max(0, int((approval.expires_at - account.now).total_seconds() // 60))
    html = (
        _templates()
        .get_template("form.html")
        .render(
            title="Approve or reject",
            incident=account.incident,
            explanation=explain(account),
            approval=approval,
            minutes=minutes,
            form=form,
            max_comment=MAX_COMMENT,
            demand=demand_of(account.incident, approval),
        )
    )
    return Page(status_code=400 if form.problem else 200, html=html)


def outcome_page(account: Account, approval: Approval, delivery: Delivery) -> Page:
    """Show what was decided, whether the workflow took it, and what has come of it so far."""
    html = (
        _templates()
        .get_template("outcome.html")
        .render(
            title="Decided",
            incident=account.incident,
            explanation=explain(account),
            approval=approval,
            delivery=delivery,
        )
    )
    status_code = {"taken": 200, "too_late": 410, "not_delivered": 503}[delivery]
    return Page(status_code=status_code, html=html)


def expired_page(sentence: str) -> Page:
    """Say kindly that it is too late."""
    template = _templates().get_template("message.html")
    text = (
        f"{sentence[:1].upper()}{sentence[1:]}. Nothing was done, and the incident was escalated."
    )
    return Page(status_code=410, html=template.render(title="This link has expired", text=text))


def refused_page() -> Page:
    """Say that the link is not genuine, and nothing more."""
    template = _templates().get_template("message.html")
    text = "Open the link exactly as it stands in the message. Nothing was done."
    return Page(status_code=403, html=template.render(title="This link is not valid", text=text))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
