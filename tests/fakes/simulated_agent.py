"""An agent whom everybody says yes to, watching one task through simulated time.

It finds, reviews, decides, reserves and verifies with the product's own code; only the workflow
that ties these together is played here, and every approval is given.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.execution import restart_of
from qlik_monitor.domain.finding import find
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.limits_consulted import consult
from qlik_monitor.domain.monitoring import review
from qlik_monitor.domain.policy import Case, PolicySettings, decide
from qlik_monitor.domain.ports import RestartHistory
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.restart import Reservation, Restart, RestartOutcome
from qlik_monitor.domain.task import TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import NOON, TASK, a_proposal, a_reading, switched_on

Course = Callable[[datetime, datetime | None], TaskSnapshot | None]
"""How the task is at a moment, the last restart being that; None when it cannot be seen."""
STATUS = {
    DecisionKind.OBSERVE: IncidentStatus.OBSERVED,
    DecisionKind.ESCALATE: IncidentStatus.ESCALATED,
}


class SimulatedAgent:
    """Plays cycle after cycle; `restarted` holds the moments at which it restarted the task."""

    def __init__(self, course: Course, restarts: RestartHistory, limits: Limits) -> None:
        self._course = course
        self._restarts = restarts
        self._policy = PolicySettings(switches=switched_on(0.0), limits=limits)
        self._memory: dict[str, dict[str, TaskProgress]] = {}
        self._open: dict[str, Incident] = {}
        self._verified: dict[str, Restart] = {}
        self._ids = (f"i-{number:05}" for number in count())
        self.restarted: list[datetime] = []

    def play(self, span: timedelta, interval: timedelta = timedelta(minutes=5)) -> None:
        """Watch the task for so long."""
        now = NOON
        while now < NOON + span:
            self._cycle(now)
            now += interval

    def _cycle(self, now: datetime) -> None:
        snapshot = self._course(now, self.restarted[-1] if self.restarted else None)
        if snapshot is None:
            return
        self._verify(snapshot, now)
        reading = a_reading(snapshot, observed_at=now)
        window = self._policy.limits.window
        findings = find(reading, self._memory, Thresholds(), health_window=window)
        self._memory = findings.progress
        result = review(f"c-{now}", reading, findings, self._open.values(), self._ids)
        for incident in result.to_close:
            del self._open[incident.id]
        due = [one for one in self._open.values() if self._may_go_on(one, now)]
        for incident in (*result.to_open, *result.to_reopen, *due):
            self._work(incident, snapshot, now)

    def _may_go_on(self, incident: Incident, now: datetime) -> bool:
        """Tell whether the pause after a failed attempt is over, as the workflow waits for it."""
        waits = incident.status is IncidentStatus.OPEN
        until = self._restarts.spent(TASK, ()).rests_until() if waits else None
        return until is not None and now >= until

    def _work(self, incident: Incident, snapshot: TaskSnapshot, now: datetime) -> None:
        spent = self._restarts.spent(TASK, snapshot.endpoint_names)
        limits, counts_from = self._policy.limits, incident.counts_from
        case = Case(
            incident=incident,
            proposal=a_proposal(Action.RESUME),
            snapshot=snapshot,
            limits=consult(Action.RESUME, spent, limits, counts_from, now),
        )
        decision = decide(case, self._policy)
        update = {"decision": decision, "proposal": case.proposal, "snapshot": snapshot}
        incident = incident.model_copy(update=update)
        status = STATUS.get(decision.kind, IncidentStatus.VERIFYING)
        if status is IncidentStatus.VERIFYING:
            restart = restart_of(incident, now)
            reserved = self._restarts.reserve(restart, limits, counts_from)
            if reserved.reservation is Reservation.GRANTED:
                self.restarted.append(now)
                self._verified[incident.id] = restart
            else:
                status = IncidentStatus.ESCALATED
        again = spent.rests_until() if status is IncidentStatus.OBSERVED else None
        lease = timedelta(days=1)
        moved = incident.moved_to(status, now, lease=lease, decide_again_at=again)
        self._open[incident.id] = moved

    def _verify(self, snapshot: TaskSnapshot, now: datetime) -> None:
        for incident_id, restart in list(self._verified.items()):
            del self._verified[incident_id]
            runs = snapshot.state is TaskState.RUNNING
            outcome = RestartOutcome.RECOVERED if runs else RestartOutcome.FAILED
            self._restarts.record(restart, outcome, "", now)
            incident = self._open.pop(incident_id)
            if not runs:
                update = {"status": IncidentStatus.OPEN, "attempt": incident.attempt + 1}
                self._open[incident_id] = incident.model_copy(update=update)
