"""Why somebody is not signed in by a provider: in words for the visitor, and for the log."""

from qlik_monitor.domain.console_oidc import error_code
from qlik_monitor.domain.model import Frozen
from qlik_monitor.errors import ReplicationMonitorError

AWAY = ("temporarily_unavailable", "server_error")
NOT_NOW = "Your company's sign-in does not answer as it should just now. Try again in a minute."


class Refusal(Frozen):
    """What is shown and logged in place of a session."""

    text: str
    reason: str
    """For the log; of what the provider sent it holds an error's code at most."""
    person: str = ""
    status_code: int = 403


NOT_BEGUN = Refusal(
    text="This sign-in is over, or was not begun in this browser within the last ten minutes. "
    "Begin anew.",
    reason="no such attempt",
)


def used_already(person: str) -> Refusal:
    """Say that an attempt has come to its end before."""
    return NOT_BEGUN.model_copy(update={"reason": "used already", "person": person})


def denied(said: str) -> Refusal:
    """Say that the provider sent somebody back with an error."""
    code = error_code(said)
    reason = f"the provider says {code or 'an error without a code'}"
    if code in AWAY:
        return Refusal(text=NOT_NOW, reason=reason, status_code=503)
    text = "Your company's sign-in did not let you in, or you ended it. Begin anew."
    return Refusal(text=text, reason=reason)


def not_proven(error: ReplicationMonitorError) -> Refusal:
    """Say that the provider's answer does not hold."""
    text = "What your company's sign-in answered does not prove who you are. Begin anew."
    return Refusal(text=text, reason=str(error))


def not_now(error: ReplicationMonitorError) -> Refusal:
    """Say that the provider cannot be asked."""
    return Refusal(text=NOT_NOW, reason=f"{type(error).__name__}: {error}", status_code=503)


def no_name(claim: str) -> Refusal:
    """Say that the provider's answer names nobody."""
    text = (
        "Your company's sign-in does not say who you are in a way that this console can rely on. "
        "Ask those who run this stack which account to use (OIDC_NAME_CLAIM)."
    )
    return Refusal(text=text, reason=f"no {claim} to rely on")


def no_role(person: str) -> Refusal:
    """Say that somebody is known, and may not look."""
    text = (
        f"You are {person} to your company's sign-in, and may not look at this console yet. "
        "Ask those who run this stack to name you (OIDC_VIEWERS, APPROVERS)."
    )
    return Refusal(text=text, reason="no role", person=person)
