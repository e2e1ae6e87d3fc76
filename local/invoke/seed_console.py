"""Stores what the console's pages show, and signs its visitor in."""

from typing import Any

from local.invoke.world import SIGNING_KEY, World
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.console_session import (
    Role,
    cookie_of,
    id_of,
    new_sign_in,
    session_key,
)
from qlik_monitor.domain.history import point_of
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.signing_key import SigningKey

SIGN_IN = "/console/sign-in/"
SESSION_SECRET = "the-link-that-began-this-session"


def seed_console(event: dict[str, Any], platform: ReplicationPlatform, world: World) -> list[str]:
    """Store a reading of the mock's fleet, and what the event's visitor needs."""
    reading = platform.read_fleet()
    DynamoDbServers(world.table).change(lambda before: before.after(reading, {}))
    points = {snapshot.id.task: point_of(snapshot) for snapshot in reading.tasks}
    DynamoDbHistory(world.table).save("prod", points, reading.observed_at)
    path, now = str(event["path"]), utc_now()
    sign_ins = DynamoDbSignIns(world.table)
    if path.startswith(SIGN_IN):
        link = path.removeprefix(SIGN_IN)
        sign_ins.mint(new_sign_in(link, Role.VIEWER, "you", now))
        return [f"a reading of {len(points)} tasks, and the event's link"]
    sign_ins.mint(new_sign_in(SESSION_SECRET, Role.VIEWER, "you", now))
    used = sign_ins.use(id_of(SESSION_SECRET), now)
    if used:
        key = session_key(SigningKey.model_validate(SIGNING_KEY))
        cookie = f"__Host-console={cookie_of(used, key)}"
        event["headers"]["Cookie"], event["multiValueHeaders"]["Cookie"] = cookie, [cookie]
    return [f"a reading of {len(points)} tasks, and a session, whose cookie the event got"]
