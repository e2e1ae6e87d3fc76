"""A stack with something of everything behind its web front, and what somebody in it knows."""

from dataclasses import dataclass, replace
from datetime import timedelta

from functions.approval_api.handler import handler as approval_api
from functions.console.handler import handler as console
from functions.console.static_files import names
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.known_server import KnownServer
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.task import ServerState
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, a_restart, an_aborted, an_incident
from tests.fakes.gateway import Gateway
from tests.fakes.history import a_point
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, typed_from
from tests.integration.functions.visiting import mint, signed_in

AS_ASKED = an_aborted()
"""The task is still as it was when people were asked about it."""
UNUSED_SECRET = "another-link-that-nobody-used-32"


@dataclass(frozen=True)
class Known:
    """What somebody knows whom the stack has told everything: ids, a link, a session's cookie."""

    cookie: tuple[str, str]
    path: dict[str, str]
    link: dict[str, str]
    task: dict[str, str]
    form: dict[str, str]
    """What the approval's page has a person send along."""


def the_gateway() -> Gateway:
    """Return the web front as API Gateway serves it."""
    return Gateway(
        {
            "/approvals/{id}": approval_api,
            "/webhook": approval_api,
            "/console": console,
            "/console/{proxy+}": console,
        }
    )


def seed(stack: FakeStack) -> Known:
    """Fill the table: readings, cycles, a restart, incidents of each kind, a pending approval."""
    _read(stack)
    waits = _opened(stack, a_decided(snapshot=AS_ASKED))
    _opened(stack, an_incident(id="open", subject=Subject(server="prod", task="stock")))
    _closed(stack)
    DynamoDbRestarts(stack.table).reserve(a_restart(incident_id=waits.id), Limits())
    DynamoDbCycles(stack.table).record(CycleReport(id="c", finished_at=utc_now(), tasks=2))
    run(request_approval, {"incident_id": waits.id, "attempt": 1, "task_token": TASK_TOKEN})
    browser = Browser.of(stack.told[-1].body)
    name, _, value = signed_in(stack).cookie.partition("=")
    mint(stack, secret=UNUSED_SECRET)
    return Known(
        cookie=(name, value),
        path={
            "id": browser.path.rpartition("/")[2],
            "incident_id": waits.id,
            "secret": UNUSED_SECRET,
            "name": names()["console.css"],
        },
        link=browser.query,
        task={"server": "prod", "task": "orders"},
        form=typed_from(browser.get().html),
    )


def _read(stack: FakeStack) -> None:
    now = utc_now().replace(microsecond=0)
    for minutes in (10, 5, 0):
        at = now - timedelta(minutes=minutes)
        points = {name: replace(a_point(), at=at) for name in ("orders", "stock", "a/b & c")}
        points["orders"] = replace(
            points["orders"], state=AS_ASKED.state, stop_reason=AS_ASKED.stop_reason
        )
        DynamoDbHistory(stack.table).save("prod", points, at)
    DynamoDbServers(stack.table).keep([KnownServer(name="prod", state=ServerState.MONITORED)])


def _opened(stack: FakeStack, incident: Incident) -> Incident:
    now = utc_now()
    opened = incident.model_copy(update={"opened_at": now, "updated_at": now})
    DynamoDbIncidents(stack.table).open(opened)
    return opened


def _closed(stack: FakeStack) -> None:
    incident = _opened(stack, an_incident(id="closed", subject=Subject(server="prod", task="old")))
    ended = {
        "status": IncidentStatus.CLOSED,
        "outcome": Outcome.RESTARTED,
        "reason": "2 healthy readings in a row",
        "closed_at": incident.opened_at,
    }
    DynamoDbIncidents(stack.table).close(incident.model_copy(update=ended))
