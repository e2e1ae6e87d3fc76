"""Pages: HTML from templates that escape everything, and the headers that keep them private."""

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment

from functions.approval_api.form import Form
from qlik_monitor.adapters.approval_desk import TOO_LATE, Taken
from qlik_monitor.adapters.faults import TOLD
from qlik_monitor.adapters.html_pages import HEADERS_OF_ALL, templates_in
from qlik_monitor.domain.approval import MAX_COMMENT, ApprovalStatus
from qlik_monitor.domain.approval_link import Invitation
from qlik_monitor.domain.audit import digest_of
from qlik_monitor.domain.decision_form import decision_form
from qlik_monitor.domain.explanation import explain
from qlik_monitor.domain.explanation_deeds import who
from qlik_monitor.domain.explanation_parts import Account
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rewriting import demand_of
from qlik_monitor.domain.signing_key import SigningKey

FOLDER = Path(__file__).parent / "templates"
STATUS_CODES = {"too_late": 410, "not_delivered": 503}
"""Of what did not go as it should; the rest is shown with 200."""


@cache
def script() -> str:
    """Return the page's one script: it counts down and tells local times; no form needs it."""
    return (FOLDER / "page.js").read_text("utf-8").strip()


def headers() -> dict[str, str]:
    """Return what keeps a page private; of scripts it allows the page's own alone."""
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    return HEADERS_OF_ALL | {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
            "img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        ),
    }


class Page(Frozen):
    """A rendered page."""

    status_code: int
    html: str
    headers: dict[str, str]


@cache
def _templates() -> Environment:
    environment = templates_in(FOLDER)
    environment.filters |= {"utc": _utc, "who": who}
    environment.globals["script"] = script()
    return environment


def form_page(
    account: Account, invitation: Invitation, form: Form, key: SigningKey, void: str | None
) -> Page:
    """Explain the incident and show the form; 400 when a form came back with a problem."""
    approval, explanation = invitation.approval, explain(account)
    demand, seen = demand_of(account.incident, approval), digest_of(explanation)
    made = decision_form(invitation, demand, seen, key, account.now)
    return _page(
        400 if form.problem else 200,
        "form.html",
        title="Approve or reject",
        incident=account.incident,
        explanation=explanation,
        approval=approval,
        approver=invitation.visitor.name if invitation.visitor else invitation.approver,
        minutes=approval.minutes_left(account.now),
        form=form,
        max_comment=MAX_COMMENT,
        demand=demand,
        void=void,
        nonce=made.nonce,
        code=made.code,
        seen=seen,
        back=_back(invitation),
    )


def outcome_page(account: Account, invitation: Invitation, taken: Taken, key: SigningKey) -> Page:
    """Show what was decided, whether the workflow took it, and what has come of it so far."""
    status_code = STATUS_CODES.get(taken.delivery, 200)
    if taken.approval.status is ApprovalStatus.VOID and status_code == 200:
        status_code = 410
    explanation = explain(account)
    made = decision_form(invitation, None, digest_of(explanation), key, account.now)
    return _page(
        status_code,
        "outcome.html",
        title="Decided",
        incident=account.incident,
        explanation=explanation,
        again=made,
        too_late=TOO_LATE,
        approval=taken.approval,
        approver=invitation.approver,
        delivery=taken.delivery,
        back=_back(invitation),
    )


def expired_page(account: Account, invitation: Invitation) -> Page:
    """Say kindly that it is too late, and what has happened since."""
    return _page(
        410,
        "expired.html",
        title="This link has expired",
        incident=account.incident,
        explanation=explain(account),
        approval=invitation.approval,
        approver=invitation.approver,
        back=_back(invitation),
    )


def refused_page() -> Page:
    """Say that the link is not genuine, and nothing more."""
    text = (
        "Open the link exactly as it stands in the message or, if you came from the console, sign "
        "in there again as an approver. Nothing was done."
    )
    return _page(403, "message.html", title="This link is not valid", text=text)


def elsewhere_page() -> Page:
    """Say that a form of another site decides nothing."""
    text = "The form was sent by another site's page. Open the link in the message instead."
    return _page(403, "message.html", title="Nothing was decided", text=text)


def later_page() -> Page:
    """Say that the page cannot be made just now."""
    text = (
        "What this page shows cannot be read or written just now. Open the link again in a "
        "minute: if you had answered, it says so."
    )
    return _page(503, "message.html", title="Not just now", text=text)


def broken_page() -> Page:
    """Say that the page cannot be made before somebody mends something."""
    text = f"{TOLD} Once it is mended the link works again: if you had answered, it says so."
    return _page(503, "message.html", title="This has to be mended first", text=text)


def _page(status_code: int, template: str, **values: object) -> Page:
    html = _templates().get_template(template).render(**values)
    return Page(status_code=status_code, html=html, headers=headers())


def _back(invitation: Invitation) -> str:
    """Return the way back to the console for whoever came from there, else nothing."""
    if invitation.visitor is None:
        return ""
    return f"../console/incidents/{quote(invitation.approval.incident_id, safe='')}"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
