"""The live timeline of a run: one line for each thing that happened."""

import time

from rich.console import Console

from local.run.observer import Records
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.restart import Restart

COLOURS = {
    IncidentStatus.CLOSED: "green",
    IncidentStatus.ESCALATED: "red",
    IncidentStatus.REJECTED: "yellow",
    IncidentStatus.OBSERVED: "cyan",
}


WIDTH_OF_A_LOG = 150


def run_console() -> Console:
    """Return a console: as wide as the terminal, or wide enough for a table in a log."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_LOG
    return console


class Timeline:
    """Prints what is new since the last look."""

    def __init__(self, console: Console) -> None:
        """Print to this console."""
        self._console = console
        self._began = time.monotonic()
        self._told: dict[str, str] = {}
        self._outcomes: dict[tuple[str, str, int], str] = {}

    @property
    def seconds(self) -> float:
        """Seconds since the timeline began."""
        return time.monotonic() - self._began

    def say(self, what: str, about: str = "", style: str = "") -> None:
        """Print one line."""
        minutes, seconds = divmod(int(self.seconds), 60)
        self._console.print(f"{minutes:02}:{seconds:02}  ", style="dim", end="", markup=False)
        if about:
            self._console.print(f"{about}  ", style="bold", end="", markup=False, highlight=False)
        self._console.print(what, style=style, markup=False, highlight=False)

    def show(self, records: Records) -> None:
        """Print every change of an incident and of a restart."""
        for incident in records.incidents:
            # A look at a group is written down each time, and is no news.
            told = describe(incident)
            if self._told.get(incident.id) != told:
                self._told[incident.id] = told
                self.say(told, str(incident.subject), COLOURS.get(incident.status, ""))
        for restart in records.restarts:
            key = (str(restart.task), restart.incident_id, restart.attempt)
            if self._outcomes.get(key) != restart.outcome.value:
                self._outcomes[key] = restart.outcome.value
                self.say(describe_restart(restart), str(restart.task), "magenta")


def describe(incident: Incident) -> str:
    """Say in a line where an incident stands."""
    if incident.proposal is None or incident.decision is None:
        kinds = ", ".join(sorted(incident.kinds))
        return f"incident {incident.status.value}: {kinds} ({incident.severity.value})"
    if incident.status is IncidentStatus.OPEN:
        proposal, decision = incident.proposal, incident.decision
        return (
            f"{proposal.made_by.value} proposes {proposal.action.value} "
            f"({proposal.confidence:.2f}); decision: {decision.kind.value}, "
            f"attempt {incident.attempt}"
        )
    ending = f": {incident.reason}" if incident.reason else ""
    return f"incident {incident.status.value}{ending}"


def describe_restart(restart: Restart) -> str:
    """Say in a line what became of a restart."""
    return f"restart {restart.attempt} ({restart.action.value}): {restart.outcome.value}"
