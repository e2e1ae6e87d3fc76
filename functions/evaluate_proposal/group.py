"""One proposal for all the tasks that one endpoint's outage has aborted."""

from datetime import datetime
from typing import NamedTuple

from qlik_monitor.adapters.qlik_members import read_members
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.confidence import weighed
from qlik_monitor.domain.group_limits import Member
from qlik_monitor.domain.group_proposal import judge_group, members_of
from qlik_monitor.domain.group_restart import decide_after_failure, with_tags
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.policy import Judged, PolicySettings
from qlik_monitor.domain.ports import (
    IncidentStore,
    PrecedentStore,
    ReplicationPlatform,
    RestartHistory,
)
from qlik_monitor.domain.precedent import NEWEST
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.domain.task import TaskId, TaskSnapshot


class Sources(NamedTuple):
    """Where the facts about members come from."""

    platform: ReplicationPlatform
    incidents: IncidentStore
    restarts: RestartHistory
    precedents: PrecedentStore


def evaluate_group(
    incident: Incident, sources: Sources, policy: PolicySettings, now: datetime, seconds: float
) -> Judged:
    """Propose and decide about all of an incident's tasks at once."""
    if incident.resumed:
        proposal = propose_by_rules(incident, (), "there is one resume for a group, and it was")
        return Judged(incident, proposal, decide_after_failure(incident))
    readings = read_members(sources.platform, members_of(incident), seconds)
    members = [_member(incident, task, snapshot, sources) for task, snapshot in readings.items()]
    judged = judge_group(incident, tuple(members), policy, now)
    precedents = sources.precedents.of(judged.incident.error_class, NEWEST)
    # What each member went through before is in the rules' confidence already.
    proposal = weighed(judged.proposal, judged.incident, (), precedents)
    return judged._replace(proposal=proposal)


def _member(
    incident: Incident, task: TaskId, snapshot: TaskSnapshot | None, sources: Sources
) -> Member:
    if snapshot is None:
        return Member(task=task, snapshot=None)
    spent = sources.restarts.spent(task, snapshot.endpoint_names)
    return Member(
        task=task,
        snapshot=with_tags(snapshot, incident.member_tags.get(str(task), ())),
        spent=spent,
        has_own_incident=sources.incidents.is_open(Subject(server=task.server, task=task.task)),
    )
