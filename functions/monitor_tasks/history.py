"""Keeps each reading for weeks; what cannot be kept costs the cycle nothing."""

from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.domain.finding import Memory
from qlik_monitor.domain.history import HistoryPoint, point_of
from qlik_monitor.domain.ports import HistoryStore
from qlik_monitor.domain.task import FleetReading
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.observability import count, logger


def keep(history: HistoryStore, reading: FleetReading) -> None:
    """Keep one point of each task that was read.

    History is evidence and controls nothing: a cycle that cannot write it goes on, loudly.
    """
    servers: dict[str, dict[str, HistoryPoint]] = {}
    for snapshot in reading.tasks:
        servers.setdefault(snapshot.id.server, {})[snapshot.id.task] = point_of(snapshot)
    for number, (server, points) in enumerate(servers.items()):
        try:
            history.save(server, points, reading.observed_at)
        except StoreUnavailable as error:
            # The others would fail too, each after waits that the cycle cannot spare.
            missed = len(servers) - number
            logger.error("history not written", servers=missed, reason=str(error))
            count("HistoryNotWritten", missed)
            return


def keep_roster(servers: DynamoDbServers, reading: FleetReading, memory: Memory) -> None:
    """Keep which servers there are and which tasks are missed; a failure costs nothing here."""
    try:
        servers.change(lambda before: before.after(reading, memory))
    except StoreUnavailable as error:
        logger.error("servers not written", reason=str(error))
