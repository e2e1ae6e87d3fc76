"""The roster: which servers there are, and which tasks went missing, for those who look at a fleet.

The newest readings show what is there. What is not there any more, or cannot be read, has to be
written down, or it would vanish from sight without a word.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Self

from qlik_monitor.domain.finding import Memory
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import UNREACHABLE, FleetReading, ServerState

REMEMBERED = timedelta(days=1)
"""Then what was taken away on purpose is forgotten, and what was lost has long been an incident."""


class KnownServer(Frozen):
    """A server's name, and whether Qlik could read it."""

    name: str
    state: ServerState
    unread: bool = False
    """Whether the last cycle got no list of its tasks."""
    gone_since: datetime | None = None
    """Since when Qlik does not list it any more; None while it does."""

    @property
    def is_unread(self) -> bool:
        """Whether nothing is known of its tasks now, although somebody may count on them."""
        return self.unread or self.state in UNREACHABLE or self.gone_since is not None

    @property
    def is_watched(self) -> bool:
        """Whether its tasks are read."""
        return self.state is ServerState.MONITORED and not self.is_unread


class MissedTask(Frozen):
    """A task that was not among those that were read of its server, and was before."""

    server: str
    task: str
    read_at: datetime


class Roster(Frozen):
    """What a cycle leaves for those who look at the fleet."""

    servers: tuple[KnownServer, ...] = ()
    """By name; also those that vanished lately."""
    missed: tuple[MissedTask, ...] = ()
    """Those that were read within a day, by name."""
    nameless: int = 0
    """Entries of Qlik's lists that name no server or task that can be used."""
    cut: bool = False
    """Whether more tasks are missed than are named here."""

    def after(self, reading: FleetReading, memory: Memory) -> Self:
        """Call the roll with a new reading."""
        listed = tuple(sorted(_listed(reading), key=lambda server: server.name))
        names = {server.name for server in listed}
        servers = (*listed, *_gone(self.servers, names, reading.observed_at))
        missed = tuple(_missed(self.missed, reading, memory))
        return self.model_copy(
            update={
                "servers": tuple(sorted(servers, key=lambda server: server.name)),
                "missed": missed,
                "nameless": _nameless(reading),
                "cut": self.cut and bool(missed),
            }
        )

    def halved(self) -> Self:
        """Return it with half of the missed tasks, which it says."""
        return self.model_copy(update={"missed": self.missed[: len(self.missed) // 2], "cut": True})


def _listed(reading: FleetReading) -> Iterator[KnownServer]:
    read = {snapshot.id.server for snapshot in reading.tasks}
    faults = {one.server for one in reading.unread if one.task is None}
    for server in reading.servers:
        unread = server.name in faults and server.name not in read
        yield KnownServer(name=server.name, state=server.state, unread=unread)


def _gone(
    before: tuple[KnownServer, ...], listed: set[str], now: datetime
) -> Iterator[KnownServer]:
    for server in before:
        since = server.gone_since or now
        if server.name not in listed and now - since < REMEMBERED:
            yield server.model_copy(update={"gone_since": since})


def _missed(
    before: tuple[MissedTask, ...], reading: FleetReading, memory: Memory
) -> Iterator[MissedTask]:
    """Name the tasks that were read lately, of servers of which others are read now.

    Of a server of which none is read the newest readings still show them all.
    """
    now = reading.observed_at
    there = {(snapshot.id.server, snapshot.id.task) for snapshot in reading.tasks}
    read = {server for server, _ in there}
    moments = {(one.server, one.task): one.read_at for one in before}
    for server in read & memory.keys():
        for task, progress in memory[server].items():
            moments[server, task] = max(
                progress.observed_at, moments.get((server, task), progress.observed_at)
            )
    for (server, task), at in sorted(moments.items()):
        if (server, task) not in there and now - at < REMEMBERED:
            yield MissedTask(server=server, task=task, read_at=at)


def _nameless(reading: FleetReading) -> int:
    read = {snapshot.id.server for snapshot in reading.tasks}
    silent = {server.name for server in reading.servers} - read
    return sum(one.task is None and one.server not in silent for one in reading.unread)
