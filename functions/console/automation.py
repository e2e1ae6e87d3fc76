"""The page of automation: what may run alone, how much of it is used, and what is held back now."""

from collections.abc import Iterator

from functions.console.forms import nonce_for
from functions.console.held import held_back
from functions.console.pages import View, Visit
from functions.console.stores import incidents, model_usage, open_incidents
from qlik_monitor.adapters.dynamodb_overview import read_overview
from qlik_monitor.composition import settings, the_table
from qlik_monitor.domain.automation import MAX_WORDS
from qlik_monitor.domain.console_query import Query, QueryWrong
from qlik_monitor.domain.console_session import Role
from qlik_monitor.domain.explanation_words import counted
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.model_budget import MILLION, ModelBudget, Usage, day_of, dollars
from qlik_monitor.domain.open_incident import most_urgent
from qlik_monitor.domain.words import magnitude, seconds
from qlik_monitor.settings import ConsoleSettings

PAUSE, RESUME = "pause automation", "resume automation"
"""What the page's forms are for."""
ALREADY = "already"
"""What `was` says after a form that changed nothing: somebody else was quicker."""

MOST_HELD = 50
"""So many incidents that ran into a limit are shown, the most urgent ones."""


class Setting(Frozen):
    """One setting as it is deployed, in words."""

    name: str
    value: str
    meaning: str


class Share(Frozen):
    """How much of something is used."""

    name: str
    used: str
    allowed: str
    spent: bool
    """Whether nothing is left."""


class Sent(Frozen):
    """A form that was sent, and came back with a problem."""

    problem: str = ""
    reason: str = ""
    status_code: int = 200


def view(query: Query, visit: Visit, sent: Sent | None = None) -> View:
    """Show the settings of the deployment, and what is used of each limit."""
    chosen, sent = settings(ConsoleSettings), sent or Sent()
    was = query.get("was", "")
    if was not in ("", ALREADY):
        raise QueryWrong(f"was={was[:20]!r}: expected {ALREADY}, or nothing")
    refused = [one for one in open_incidents().all() if one.ran_into_a_limit]
    looked_at = [one.id for one in sorted(refused, key=most_urgent)[:MOST_HELD]]
    held = incidents().read(looked_at)
    found = read_overview(the_table(ConsoleSettings), chosen.limits(), visit.now)
    used = model_usage().of(day_of(visit.now))
    return View(
        template="automation.html",
        title="Automation",
        status_code=sent.status_code,
        values={
            "switch": found.switch,
            "found": found,
            "window": chosen.restart_cap_window_seconds,
            "model": tuple(_model(used, chosen.budget())),
            "sent": sent,
            "already": was == ALREADY,
            "nonces": _nonces(visit),
            "most": MAX_WORDS,
            "runs_alone": bool(
                chosen.auto_restart_enabled
                and chosen.auto_restart_servers
                and chosen.auto_restart_actions
            ),
            "switches": tuple(_switches(chosen)),
            "limits": tuple(_limits(chosen)),
            "more_held": len(refused) - len(looked_at),
            "held": tuple(held_back(held, found.switch, visit.now)),
        },
    )


def _nonces(visit: Visit) -> dict[str, str]:
    """Make the nonces of the forms; none for who may not switch anything."""
    if visit.visitor is None or visit.visitor.role is not Role.APPROVER:
        return {}
    forms = {"pause": PAUSE, "resume": RESUME}
    return {name: nonce_for(visit.visitor, what, visit.now) for name, what in forms.items()}


def _model(used: Usage, budget: ModelBudget) -> Iterator[Share]:
    yield Share(
        name="Questions",
        used=str(used.calls),
        allowed=str(budget.calls),
        spent=used.calls >= budget.calls,
    )
    yield Share(
        name="Tokens",
        used=magnitude(used.tokens),
        allowed=magnitude(budget.tokens),
        spent=used.tokens >= budget.tokens,
    )
    yield Share(
        name="US dollars",
        used=f"${dollars(used.micro_dollars)}",
        allowed=f"${budget.micro_dollars / MILLION:g}",
        spent=used.micro_dollars >= budget.micro_dollars,
    )


def _switches(chosen: ConsoleSettings) -> Iterator[Setting]:
    yield Setting(
        name="AUTO_RESTART_ENABLED",
        value="on" if chosen.auto_restart_enabled else "off",
        meaning="Whether anything runs without a person.",
    )
    yield Setting(
        name="AUTO_RESTART_SERVERS",
        value=chosen.auto_restart_servers or "none",
        meaning="Servers whose tasks may be restarted alone.",
    )
    yield Setting(
        name="AUTO_RESTART_ACTIONS",
        value=chosen.auto_restart_actions or "none",
        meaning="Actions that may run alone.",
    )
    yield Setting(
        name="AUTO_RESTART_MIN_CONFIDENCE",
        value=f"{chosen.auto_restart_min_confidence:.0%}",
        meaning="Confidence from which a proposal may run alone.",
    )
    yield Setting(
        name="DESTRUCTIVE_ACTIONS_ENABLED",
        value="on" if chosen.destructive_actions_enabled else "off",
        meaning="Whether a reload may be carried out after an approval of its own.",
    )


def _limits(chosen: ConsoleSettings) -> Iterator[Setting]:
    window = seconds(chosen.restart_window_seconds)
    cap_window = seconds(chosen.restart_cap_window_seconds)
    yield _limit("MAX_RESTART_ATTEMPTS", chosen.max_restart_attempts, f"of one task in {window}")
    yield _limit("SERVER_RESTART_CAP", chosen.server_restart_cap, f"on one server in {cap_window}")
    yield _limit("FLEET_RESTART_CAP", chosen.fleet_restart_cap, f"in all in {cap_window}")
    yield Setting(
        name="RESTART_BACKOFF_SECONDS",
        value=seconds(chosen.restart_backoff_seconds),
        meaning="Unit of the pause between two restarts of one task; it grows with each failure.",
    )
    yield Setting(
        name="BREAKER_FAILURES",
        value=f"{chosen.breaker_failures} in {seconds(chosen.breaker_window_seconds)}",
        meaning=(
            "Restarts that failed at one server or endpoint, after which none is tried there for "
            f"{seconds(chosen.breaker_open_seconds)}."
        ),
    )
    yield Setting(
        name="INEFFECTIVE_FIX_FAILURES",
        value=str(chosen.ineffective_fix_failures),
        meaning="Failures of one cure for one illness, after which it is not tried again.",
    )
    yield Setting(
        name="ILLNESS_RETURNS",
        value=f"{chosen.illness_returns} in {seconds(chosen.illness_returns_window_seconds)}",
        meaning="Returns of an illness, after which people decide.",
    )


def _limit(name: str, number: int, where: str) -> Setting:
    return Setting(name=name, value=counted(number, "restart"), meaning=f"At most so many {where}.")
