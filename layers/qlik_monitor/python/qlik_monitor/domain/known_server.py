"""Known servers: which servers the last cycle read, so that a reader need not look for them."""

from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import FleetReading, ServerState


class KnownServer(Frozen):
    """A server's name and whether Qlik could read it."""

    name: str
    state: ServerState


def known_servers(reading: FleetReading) -> tuple[KnownServer, ...]:
    """Name every server of a reading, in order."""
    servers = (KnownServer(name=server.name, state=server.state) for server in reading.servers)
    return tuple(sorted(servers, key=lambda server: server.name))
