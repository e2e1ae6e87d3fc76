"""The world of a storm: a table, a mock Qlik server over HTTP, and incidents that are decided."""

import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from pydantic import SecretStr

import functions.execute_restart.handler as execute_restart
from local.mock_qlik import MockQlik
from qlik_monitor import composition
from qlik_monitor.adapters import dynamodb
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.adapters.qlik_classified import ClassifiedPlatform
from qlik_monitor.adapters.qlik_platform import QlikCredentials, QlikSettings, qlik_platform
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.actions import Action, Consent
from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity, Subject
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.task import TaskSnapshot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SERVER, CYCLE = "prod", "a-cycle"
SWITCHED_ON = {
    "QLIK_SECRET_ARN": "not-read",
    "AUTO_RESTART_ENABLED": "true",
    "AUTO_RESTART_SERVERS": "*",
    "AUTO_RESTART_ACTIONS": "resume",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_TRACE_DISABLED": "true",
}
PATIENT = Config(
    connect_timeout=60,
    read_timeout=300,
    max_pool_connections=250,
    retries={"mode": "standard", "total_max_attempts": 1},
)
_numbers = count(1)


@dataclass
class World:
    """What a storm rages in."""

    table: "Table"
    qlik: MockQlik
    incidents: list[Incident] = field(default_factory=list)

    @property
    def runs(self) -> int:
        """How often Qlik was asked to run a task, by its own log."""
        return len(self.qlik.control.requests(action="run"))


@contextmanager
def a_world(tasks: int, settings: Mapping[str, str]) -> Iterator[World]:
    """Make a server with so many aborted tasks, an incident each, and a decision to resume it."""
    aborted = {"name": "T_{n:03}", "count": tasks, "kind": "aborted", "onset_seconds": -60}
    with MockQlik({"stale_seconds": 0, "servers": [{"name": SERVER, "tasks": [aborted]}]}) as qlik:
        world = World(_table(), qlik)
        environment = {"TABLE_NAME": world.table.name, "QLIK_API_ENDPOINT": qlik.url}
        environment |= SWITCHED_ON | dict(settings)
        with _environment(environment), _patience(), _a_platform_each(qlik):
            world.incidents = _incidents(world)
            yield world
        # LocalStack copies every table for each transaction.
        world.table.delete()


def _table() -> "Table":
    return boto3.resource("dynamodb", config=PATIENT).create_table(
        TableName=f"limits-{next(_numbers)}",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    _forget()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _forget()


def _forget() -> None:
    composition.settings.cache_clear()
    composition.the_table.cache_clear()


@contextmanager
def _patience() -> Iterator[None]:
    """Let nobody give up on LocalStack, which serves hundreds one after another, not at once."""
    module: Any = dynamodb
    before, module.CONFIG = module.CONFIG, PATIENT
    try:
        yield
    finally:
        module.CONFIG = before


@contextmanager
def _a_platform_each(qlik: MockQlik) -> Iterator[None]:
    """Let each thread be a container of its own: they share no session with Qlik."""
    mine, made = threading.local(), list[ReplicationPlatform]()

    def platform(_kind: Any) -> ReplicationPlatform:
        if not hasattr(mine, "platform"):
            mine.platform = _platform(qlik)
            made.append(mine.platform)
        own: ReplicationPlatform = mine.platform
        return own

    module: Any = execute_restart
    before = module.platform, module.count
    # A process keeps the metrics of one call at a time, and prints a line at a hundred.
    module.platform, module.count = platform, lambda *_: None
    try:
        yield
    finally:
        module.platform, module.count = before
        for one in made:
            one.close()


def _platform(qlik: MockQlik) -> ReplicationPlatform:
    credentials = QlikCredentials(api_token=SecretStr(qlik.credentials.api_token))
    platform = qlik_platform(QlikSettings(endpoint=qlik.url), credentials, now=utc_now)
    return ClassifiedPlatform(platform, built_in_catalogue())


def _incidents(world: World) -> list[Incident]:
    platform = _platform(world.qlik)
    try:
        snapshots = platform.read_fleet().tasks
    finally:
        platform.close()
    incidents = [_decided(snapshot) for snapshot in snapshots]
    store = DynamoDbIncidents(world.table)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(store.open, incidents))
    return incidents


def _decided(snapshot: TaskSnapshot) -> Incident:
    task, now = snapshot.id, utc_now()
    aborted = Anomaly(kind=AnomalyKind.ABORTED, severity=Severity.CRITICAL, summary="aborted")
    return Incident(
        id=f"i-{task.task}",
        subject=Subject(server=task.server, task=task.task),
        cycle=CYCLE,
        anomalies=(aborted,),
        snapshot=snapshot,
        error_class=snapshot.error_class,
        opened_at=now,
        updated_at=now,
        lease_until=now + timedelta(hours=1),
        proposal=Proposal(
            action=Action.RESUME,
            confidence=1.0,
            cause="a lost connection",
            reasoning="a resume picks up",
            evidence=(),
            made_by=Proposer.RULES,
        ),
        decision=Decision(
            kind=DecisionKind.AUTO,
            action=Action.RESUME,
            reasons=("a benchmark",),
            consent=Consent.SWITCHES,
        ),
    )
