"""What an operator must type: the task's name, or what rewrites data exactly, and a reason."""

import sys

from local.approve.question import Question
from local.monitor.text import plain
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.rewriting import Demand, demand_of
from qlik_monitor.errors import ConfigurationError


def demanded(question: Question, status: ApprovalStatus, comment: str) -> Demand | None:
    """Return what an approval must type exactly, or None where the subject's name is enough.

    Raises ConfigurationError where the approval lacks what no typing can give it.
    """
    demand = demand_of(question.incident, question.approval)
    if demand is None or status is not ApprovalStatus.APPROVED:
        return None
    if not demand.text:
        raise ConfigurationError(
            "the incident names nothing to rewrite, so it cannot be approved: use `make reject`"
        )
    # Characters that cannot be seen are no reason.
    if not any(character.isalnum() for character in comment):
        raise ConfigurationError(
            "--comment is missing: what rewrites data is approved with a reason only"
        )
    return demand


def confirm(question: Question, demand: Demand | None, verb: str, typed: str | None) -> None:
    """Have the text typed that stands for a decision; raises ConfigurationError where it is not.

    `typed` is what --type said, None without it: then a terminal is asked, and nothing else.
    """
    subject = str(question.incident.subject)
    expected = (demand.text if demand else None) or subject
    shown = plain(expected)
    if typed is None:
        if not sys.stdin.isatty():
            raise ConfigurationError(
                f"there is no terminal to ask at: pass --type {shown!r} to {verb}"
            )
        typed = _asked(f"To {verb}, type {shown} - nothing else is a yes: ")
    # A name that a terminal cannot show as it is counts as it is shown.
    met = demand.is_met_by(typed) if demand else typed.strip() in (subject, shown)
    if not met:
        raise ConfigurationError(
            f"typed was {plain(typed)!r}, and to {verb} exactly {shown!r} is expected; "
            "nothing was decided"
        )


def _asked(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError:
        return ""
