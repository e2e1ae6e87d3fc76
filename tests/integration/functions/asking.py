"""Questions to the mock OpenAI, through the real function."""

import json
from typing import Any

import functions.evaluate_proposal.handler as evaluate_proposal
from functions.evaluate_proposal import ask
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model_budget import Usage, day_of
from qlik_monitor.domain.policy import PolicySettings
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import Restart
from tests.fakes.aws import FakeStack
from tests.fakes.builders import an_incident
from tests.fakes.running import run

ANSWER = {
    "action": "resume",
    "confidence": 0.91,
    "cause": "The listener was restarted.",
    "reasoning": "It is up again.",
    "evidence": ["ORA-03113"],
}


def evaluated(incident_id: str = an_incident().id) -> dict[str, Any]:
    """Evaluate one incident as the state machine does."""
    event = {"incident_id": incident_id, "cycle": an_incident().cycle}
    return run(evaluate_proposal.handler, event)


def proposed(incident: Incident | None = None, history: tuple[Restart, ...] = ()) -> Proposal:
    """Have an action proposed for one incident."""
    return ask.propose(incident or an_incident(), history, PolicySettings(), ())


def used(stack: FakeStack) -> Usage:
    """Return what the model has taken today."""
    return DynamoDbModelUsage(stack.table).of(day_of(utc_now()))


def counted(printed: str) -> dict[str, float]:
    """Add up the metrics that functions printed in the embedded metric format."""
    sums: dict[str, float] = {}
    for line in printed.splitlines():
        if '"_aws"' in line:
            values = json.loads(line)
            for directive in values["_aws"]["CloudWatchMetrics"]:
                for metric in directive["Metrics"]:
                    name = metric["Name"]
                    sums[name] = sums.get(name, 0) + sum(values[name])
    return sums
