"""A group's limits: whom of the members there is room for, one after another."""

from datetime import datetime
from typing import NamedTuple

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import LimitReading, reason_of, refused_by
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.policy import PolicySettings
from qlik_monitor.domain.task import TaskId, TaskSnapshot

SHARED = ("pause", "server_cap", "fleet_cap", "breaker")
"""Limits that are kept with the group's incident; the others are each member's own."""


class Member(Frozen):
    """What is known of one member at the moment of the proposal."""

    task: TaskId
    snapshot: TaskSnapshot | None
    """None when it could not be read."""
    spent: Spent | None = None
    """What its limits are held against; None when it could not be read."""
    has_own_incident: bool = False
    """Then its restart is decided there, and never here as well."""


class Limited(NamedTuple):
    """Whom the limits let pass, whom they refuse and why, and the shared limits as consulted."""

    chosen: list[Member]
    refused: dict[TaskId, str | None]
    readings: tuple[LimitReading, ...]


def within_limits(
    members: list[Member], incident: Incident, policy: PolicySettings, now: datetime
) -> Limited:
    """Let members pass in their order, each counted before the next: as many as there is room."""
    chosen: list[Member] = []
    refused: dict[TaskId, str | None] = {}
    readings: dict[tuple[str, str], LimitReading] = {}
    passed: list[Spent] = []
    for member in members:
        if member.spent is None:
            refused[member.task] = "its limits could not be read"
            continue
        spent = member.spent
        for earlier in passed:
            spent = spent.after(earlier, now)
        counts_from = incident.member_counts_from.get(str(member.task))
        consulted = consult(Action.RESUME, spent, policy.limits, counts_from, now)
        readings |= {(one.name, one.of): one for one in consulted if one.name in SHARED}
        if because := reason_of(refused_by(consulted)):
            refused[member.task] = because
            continue
        chosen.append(member)
        passed.append(member.spent)
    return Limited(chosen, refused, tuple(readings.values()))
