"""What the domain needs of the outside world, named by role."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.approval import Answer, Approval
from qlik_monitor.domain.audit import AuditEntry, Origin
from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.baseline import Baseline
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.facts import IncidentFacts
from qlik_monitor.domain.history import HistoryPoint, TaskHistory
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.limits_consulted import Spent
from qlik_monitor.domain.model_budget import Hold, ModelBudget, Usage
from qlik_monitor.domain.notification import Notification
from qlik_monitor.domain.precedent import Precedent
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import Reserved, Restart, RestartOutcome
from qlik_monitor.domain.task import ActionAnswer, FleetReading, RunOption, TaskId, TaskSnapshot


class ReplicationPlatform(Protocol):
    """Reads and operates replication tasks, whichever Qlik product runs them."""

    def read_fleet(self) -> FleetReading:
        """Read all servers and tasks; what could not be read stands in `unread`.

        Raises QlikUnavailable, QlikAccessDenied, QlikLicenseMissing, QlikEndpointInvalid,
        QlikCertificateInvalid or QlikAnswerInvalid when nothing at all could be read.
        """
        ...

    def read_task(self, task: TaskId) -> TaskSnapshot:
        """Read one task now; raises as `read_fleet` does, or QlikRequestRefused."""
        ...

    def run_task(self, task: TaskId, option: RunOption) -> ActionAnswer:
        """Ask once for a run, without repeating; QlikUnavailable means 'outcome unknown'."""
        ...

    def stop_task(self, task: TaskId) -> ActionAnswer:
        """Ask once for a stop, without repeating; QlikUnavailable means 'outcome unknown'."""
        ...

    def reload_table(self, task: TaskId, schema: str, table: str) -> ActionAnswer:
        """Ask once for one table to be loaded anew, which rewrites it in the target.

        It is not repeated; QlikUnavailable means 'outcome unknown'.
        """
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


class Analyst(Protocol):
    """Proposes what to do about an incident."""

    def propose(self, facts: IncidentFacts) -> Proposal:
        """Return a proposal; raises ModelUnusable when there is none."""
        ...


class ModelUsageStore(Protocol):
    """Counts what the model takes each day, and lets it take no more than the budget says."""

    def reserve(self, ahead: Usage, budget: ModelBudget, now: datetime) -> Hold:
        """Set aside what a question may take, before it is asked; raises ModelBudgetSpent."""
        ...

    def settle(self, hold: Hold, spent: Usage) -> None:
        """Put what it took in place of what was set aside."""
        ...

    def of(self, day: str) -> Usage:
        """Return what a day (`2026-03-02`, UTC) has taken, with what is set aside."""
        ...


class AnswerStore(Protocol):
    """Keeps the model's answers, so that an unchanged illness is asked about once."""

    def get(self, fingerprint: str, no_older_than: datetime) -> Proposal | None:
        """Return the answer about this illness, or None where there is none so young."""
        ...

    def keep(self, fingerprint: str, answer: Proposal, now: datetime, kept: timedelta) -> None:
        """Keep an answer for a while."""
        ...


class IncidentStore(Protocol):
    """Keeps incidents; at most one open incident a subject."""

    def open(self, incident: Incident) -> bool:
        """Store a new incident, unless its subject has an open one: then return False."""
        ...

    def get(self, incident_id: str) -> Incident:
        """Return an incident; raises IncidentNotFound."""
        ...

    def is_open(self, subject: Subject) -> bool:
        """Tell whether a subject has an open incident."""
        ...

    def save(self, incident: Incident) -> Incident:
        """Store a change; raises IncidentChanged when someone else wrote since it was read."""
        ...

    def close(self, incident: Incident) -> Incident:
        """Store its end and let its subject have a new incident."""
        ...

    def all_open(self) -> tuple[Incident, ...]:
        """Return every incident that is not closed."""
        ...


class ProgressStore(Protocol):
    """Remembers the tasks of a server between cycles."""

    def load(self, server: str) -> dict[str, TaskProgress]:
        """Return what is remembered, by task name."""
        ...

    def save(self, server: str, progress: dict[str, TaskProgress]) -> None:
        """Remember a server's tasks."""
        ...


class BaselineStore(Protocol):
    """Keeps what the tasks of a server did at each hour of earlier days."""

    def load(self, server: str, hour: int) -> dict[str, Baseline]:
        """Return the baselines of one hour of the day, UTC, by task name."""
        ...

    def save(self, server: str, hour: int, baselines: dict[str, Baseline], now: datetime) -> None:
        """Store the baselines of one hour."""
        ...


class HistoryStore(Protocol):
    """Keeps the readings of weeks: evidence for people, on which no decision of a cycle rests."""

    def save(self, server: str, points: Mapping[str, HistoryPoint], now: datetime) -> None:
        """Keep one reading of a server's tasks, by name; saved again, it takes the same place."""
        ...

    def of(
        self, task: TaskId, since: datetime, until: datetime, seen: Callable[[datetime], None]
    ) -> TaskHistory:
        """Return a task's points, oldest first; `seen` hears how far a long reading has come."""
        ...

    def tasks(self, server: str) -> frozenset[str]:
        """Return the names of a server's tasks in its newest readings."""
        ...


class RestartHistory(Protocol):
    """Remembers restarts, and lets no more of them happen than the limits say."""

    def of(self, task: TaskId) -> tuple[Restart, ...]:
        """Return a task's restarts, oldest first."""
        ...

    def spent(self, task: TaskId, endpoints: tuple[str, ...]) -> Spent:
        """Return all that the limits over one more restart of a task are held against."""
        ...

    def reserve(
        self, restart: Restart, limits: Limits, counts_from: datetime | None = None
    ) -> Reserved:
        """Write a restart ahead of its call, if every limit leaves room for it."""
        ...

    def record(
        self, restart: Restart, outcome: RestartOutcome, detail: str, now: datetime
    ) -> Restart:
        """Write down what became of a restart."""
        ...


class PrecedentStore(Protocol):
    """Keeps what came of restarts, by class of error: evidence for later decisions."""

    def add(self, precedent: Precedent) -> None:
        """Keep one; added again, it takes the same place."""
        ...

    def of(self, error_class: ErrorClass, at_most: int | None = None) -> tuple[Precedent, ...]:
        """Return the newest of a class, oldest first; all of them without a number."""


class AutomationSwitch(Protocol):
    """Keeps whether the agent may act at all."""

    def state(self) -> Automation:
        """Return how it stands."""
        ...

    def pause(self, by: str, reason: str, now: datetime) -> Automation:
        """Let nothing more be restarted; who paused first stays named."""
        ...

    def resume(self, by: str, now: datetime) -> Automation:
        """Let the agent go on."""
        ...


class ApprovalStore(Protocol):
    """Keeps approvals, and the task tokens that wait for them."""

    def request(self, approval: Approval, task_token: str) -> Approval:
        """Store a new request, or let the one that some have answered wait anew; return it.

        It may be decided, and the workflow not know of it: whoever asks hands it on then.
        """
        ...

    def get(self, approval_id: str) -> Approval | None:
        """Return an approval, never its task token."""
        ...

    def answer(
        self, approval_id: str, answer: Answer, origin: Origin, void_because: str = ""
    ) -> Approval:
        """Take an answer if it still counts, with its audit entry; return how things stand."""
        ...

    def task_token(self, approval_id: str) -> str:
        """Return the token that waits for the decision."""
        ...

    def delivered(self, approval: Approval, now: datetime) -> None:
        """Note that the workflow took the decision, with its audit entry, once."""
        ...


class AuditTrail(Protocol):
    """Keeps who did what about an incident; it only ever grows."""

    def add(self, entry: AuditEntry) -> None:
        """Add an entry; the same one twice is one."""
        ...

    def of(self, incident_id: str) -> tuple[AuditEntry, ...]:
        """Return an incident's entries, oldest first."""
        ...


class Notifier(Protocol):
    """Tells people."""

    def tell(self, notification: Notification) -> None:
        """Send one message; raises NotificationFailed."""
        ...


class CycleLog(Protocol):
    """Keeps the report of each cycle."""

    def record(self, report: CycleReport) -> None:
        """Store a report."""
        ...

    def failure_is_news(self, error: str, now: datetime) -> bool:
        """Tell, once in a while for each kind of failure, that people should hear of it."""
        ...

    def failures(self, before: datetime) -> tuple[str, ...]:
        """Return the failures that people heard of before a moment."""
        ...

    def forget(self, failures: tuple[str, ...]) -> None:
        """Forget failures: after a good cycle, or because nobody could be told."""
        ...
