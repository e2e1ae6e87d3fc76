"""Writes down what became of a restart, in the task's history and as a precedent for others."""

from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import the_table, utc_now
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.precedent import precedent_of
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.task import TaskId
from qlik_monitor.domain.verification import Verdict, Verification
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.observability import count, logger
from qlik_monitor.settings import VerifyRecoverySettings


def record(incident: Incident, after: Verification) -> None:
    """Write down what became of the restart, or of each of a group; again if repeated."""
    group = [(one.task, one.verification) for one in incident.resumed if one.verification]
    restarts = DynamoDbRestarts(the_table(VerifyRecoverySettings))
    for task, said in group or [(task_of(incident), after)]:
        recovered = said.verdict is Verdict.RECOVERED
        outcome = RestartOutcome.RECOVERED if recovered else RestartOutcome.FAILED
        for restart in restarts.of(task):
            if _is_of(restart, incident):
                _keep(restarts.record(restart, outcome, said.reason, utc_now()), incident)


def task_of(incident: Incident) -> TaskId:
    """Name the task of an incident that is about one."""
    return TaskId(server=incident.subject.server, task=incident.subject.task or "")


def _is_of(restart: Restart, incident: Incident) -> bool:
    return restart.incident_id == incident.id and restart.attempt == incident.attempt


def _keep(restart: Restart, incident: Incident) -> None:
    """Keep a precedent: it is evidence, for which no outcome may be lost."""
    try:
        if precedent := precedent_of(restart, incident):
            DynamoDbPrecedents(the_table(VerifyRecoverySettings)).add(precedent)
    except (StoreUnavailable, ValueError) as error:
        logger.error("precedent not written", incident=incident.id, reason=str(error)[:500])
        count("PrecedentNotWritten")
