"""A stack for visitors: where its pages are, and what makes something happen on them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.browser.past import give_a_past
from local.browser.variables import lasting
from local.console_link.minting import mint_link
from local.run.inbox import Inbox, Message
from local.run.observer import Records, ending_of, read_records
from local.run.plan import Ending, load_plan
from local.run.stack import Say, Stack, running
from qlik_monitor.domain.console_session import Role
from qlik_monitor.domain.incident import Incident, IncidentStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SCENARIO = "browser"
LOOK_SECONDS = 0.3
PATIENCE_SECONDS = 120.0
CYCLE_SECONDS = 4.0
"""How far apart the cycles lie that fill the stack: the fleet's life is ten times as fast."""
WAITING = ("endpoint Sales DB", "Plant South/Waiting Invoices", "Plant South/Stuck Payments")
ESCALATED = ("Lost Server", "Plant South/Long Outage", "Plant South/Bad Rows")
ANA, BEN = "ana@example.com", "ben@example.com"
"""The approvers that the scenario names."""
HEALED = "Plant North/Healed Customers"
READ_PATIENCE = ("evaluate_proposal", "request_approval")
"""Functions that read how long people have to answer: for the workflow, and for the link."""


class NothingCame(Exception):
    """What a page or a test waits for did not come about in time."""


class Site:
    """The running stack as its visitors and its operator see it."""

    def __init__(self, stack: Stack, inbox: Inbox) -> None:
        """Watch this stack, whose messages come into this box."""
        self._stack, self._inbox = stack, inbox
        self._states, self._dynamodb = stack.client("stepfunctions"), stack.client("dynamodb")
        self._table_name = str(stack.outputs["table_name"])
        self._messages: list[Message] = []

    @property
    def console(self) -> str:
        """The console's address, without a slash at its end."""
        return str(self._stack.outputs["console_url"])

    @property
    def table(self) -> "Table":
        """The stack's table."""
        table: Table = self._stack.resource("dynamodb").Table(self._table_name)
        return table

    def sign_in_link(self, role: Role = Role.VIEWER, name: str = "Ada") -> str:
        """Mint a link that signs somebody in once, as `make console-link` does."""
        return mint_link(self.table, self.console, role, name, datetime.now(UTC))

    def fill(self) -> None:
        """Run cycles until every page has something to show; raises NothingCame."""
        next_cycle = 0.0

        def filled() -> bool | None:
            nonlocal next_cycle
            if time.monotonic() >= next_cycle:
                self.run_cycle()
                next_cycle = time.monotonic() + CYCLE_SECONDS
            return self._is_filled() or None

        _until(filled, "something on every page")

    def _is_filled(self) -> bool:
        # Looking at once also confirms the subscription: what is sent before is lost.
        invited = [self._invited(subject) for subject in WAITING]
        incidents = {str(one.subject): one for one in self.records().incidents}
        stands = {subject: one.status for subject, one in incidents.items()}
        return (
            all(invited)
            and all(stands.get(one) is IncidentStatus.ESCALATED for one in ESCALATED)
            and HEALED in incidents
            and ending_of(incidents[HEALED]) is Ending.HEALED
        )

    def run_cycle(self) -> None:
        """Start a cycle."""
        arn = self._stack.outputs["state_machine_arn"]
        self._states.start_execution(stateMachineArn=arn, input="{}")

    def falls_ill(self, server: str, task: str) -> None:
        """Let a healthy task abort, and the agent see it."""
        self.becomes(server, task, kind="aborted")
        self.run_cycle()

    def becomes(self, server: str, task: str, **fields: str) -> None:
        """Let a task change by itself, or by somebody else's hand: `kind`, `message`."""
        self._stack.qlik.control.become(server, task, **fields)

    def starts_of(self, task: str) -> int:
        """Count how often Qlik was asked to run a task."""
        return len(self._stack.qlik.control.requests(action="run", task=task))

    def wait_for_start(self, task: str) -> None:
        """Wait until Qlik was asked to run a task."""
        _until(lambda: self.starts_of(task) or None, f"{task} to be started")

    def invitation(self, subject: str, approver: str = ANA) -> Message:
        """Wait for the message that asks an approver about a subject; return the newest."""
        what = f"an invitation of {approver} to answer about {subject}"
        return _until(lambda: self._invited(subject, approver), what)

    def wait_until(self, found: Callable[[], bool], what: str) -> None:
        """Wait until something is so; raises NothingCame."""
        _until(lambda: found() or None, what)

    def _invited(self, subject: str, approver: str = ANA) -> Message | None:
        self._messages += self._inbox.new()
        mine = [
            one
            for one in self._messages
            if one.about == subject and one.link and one.approver == approver
        ]
        return mine[-1] if mine else None

    def records(self) -> Records:
        """Read what is stored of incidents and restarts."""
        return read_records(self._dynamodb, self._table_name)

    def incident(self, subject: str) -> Incident | None:
        """Return the newest incident about a subject, or None."""
        found = [one for one in self.records().incidents if str(one.subject) == subject]
        return found[-1] if found else None

    def wait_for_status(self, subject: str, status: IncidentStatus) -> Incident:
        """Wait until the newest incident about a subject stands so."""

        def found() -> Incident | None:
            incident = self.incident(subject)
            return incident if incident and incident.status is status else None

        return _until(found, f"{subject} to be {status.value}")

    def wait_for_ending(self, subject: str, ending: Ending) -> Incident:
        """Wait until the newest incident about a subject has ended so."""

        def found() -> Incident | None:
            incident = self.incident(subject)
            return incident if incident and ending_of(incident) is ending else None

        return _until(found, f"{subject} to end as {ending.value}")

    @contextmanager
    def people_have(self, seconds: int) -> Iterator[None]:
        """Let approvals that are asked for within the block expire after so many seconds."""
        with lasting(self._stack, {"APPROVAL_TIMEOUT_SECONDS": str(seconds)}, *READ_PATIENCE):
            yield


@contextmanager
def open_site(say: Say) -> Iterator[Site]:
    """Bring the stack up, and fill it: a past of a day, closed incidents, and some that wait."""
    plan = load_plan(SCENARIO)
    with (
        running(plan, say, name=SCENARIO) as stack,
        Inbox(stack.client("sns"), stack.outputs["topic_arn"]) as inbox,
    ):
        site = Site(stack, inbox)
        say("Filling the stack ...")
        site.fill()
        give_a_past(site.table, datetime.now(UTC))
        yield site


def _until[T](found: Callable[[], T | None], what: str) -> T:
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if (it := found()) is not None:
            return it
        time.sleep(LOOK_SECONDS)
    raise NothingCame(f"waited {PATIENCE_SECONDS:.0f} s for {what}")
