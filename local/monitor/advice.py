"""What the agent would propose about each finding, and what its policy would let happen."""

from collections.abc import Iterator

from qlik_monitor.domain.anomaly import Severity, Subject
from qlik_monitor.domain.confidence import weighed
from qlik_monitor.domain.decision import Decision
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.facts import facts_of
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.grouping import group
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.monitoring import MAX_NEW_INCIDENTS, OPEN_LEASE
from qlik_monitor.domain.policy import Case, PolicySettings, decide, foregone
from qlik_monitor.domain.ports import Analyst
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.domain.task import FleetReading
from qlik_monitor.errors import ModelUnusable

MOST_FAILURES = 3
"""So many failures in a row, and the model is not asked any more."""


class Advice(Frozen):
    """One incident that the agent would open, with what would become of it."""

    incident: Incident
    proposal: Proposal
    decision: Decision


def incidents_of(reading: FleetReading, findings: Findings) -> tuple[Incident, ...]:
    """Make the incidents that a first cycle would open, the worst first."""
    findings = group(findings, {})
    subjects = sorted(findings.anomalies, key=str)
    incidents = [_incident(subject, reading, findings) for subject in subjects]
    return tuple(sorted(incidents, key=lambda one: one.severity is not Severity.CRITICAL))


def _incident(subject: Subject, reading: FleetReading, findings: Findings) -> Incident:
    snapshot, now = findings.snapshots.get(subject), reading.observed_at
    return Incident(
        id=f"{now:%Y%m%dT%H%M%S}-not-stored",
        subject=subject,
        cycle="make monitor",
        anomalies=findings.anomalies[subject],
        members=findings.members.get(subject, ()),
        snapshot=snapshot,
        error_class=snapshot.error_class if snapshot else ErrorClass.UNKNOWN,
        opened_at=now,
        updated_at=now,
        lease_until=now + OPEN_LEASE,
    )


class Adviser:
    """Proposes and decides as the agent does, but for a task's past: that is known on AWS only."""

    def __init__(self, policy: PolicySettings, analyst: Analyst | None = None) -> None:
        """Ask this analyst, or let the rules propose."""
        self._policy = policy
        self._analyst = analyst
        self._failures = 0
        self.asked = 0
        self.tokens = 0

    def advise(self, incidents: tuple[Incident, ...]) -> Iterator[Advice]:
        """Go through the incidents in their order."""
        for incident in incidents:
            proposal = weighed(self._proposal(incident), incident, (), ())
            case = Case(incident=incident, proposal=proposal, snapshot=incident.snapshot)
            yield Advice(incident=incident, proposal=proposal, decision=decide(case, self._policy))

    def _proposal(self, incident: Incident) -> Proposal:
        settled = foregone(incident, (), self._policy)
        if self._analyst is None or settled:
            return propose_by_rules(incident, (), settled or "it was not asked")
        if self.asked >= MAX_NEW_INCIDENTS or self._failures >= MOST_FAILURES:
            return propose_by_rules(incident, (), "it was asked often enough")
        return self._asked(self._analyst, incident)

    def _asked(self, analyst: Analyst, incident: Incident) -> Proposal:
        self.asked += 1
        try:
            proposal = analyst.propose(facts_of(incident, ()))
        except ModelUnusable as error:
            self._failures += 1
            return propose_by_rules(incident, (), str(error))
        self._failures = 0
        self.tokens += proposal.prompt_tokens + proposal.completion_tokens
        return proposal
