"""Our own detector: the domain's find and review, with every incident handed to people at once."""

from collections.abc import Iterator, Sequence
from itertools import count

from benchmarks.detection.predicted import PredictedIncident
from qlik_monitor.domain.baseline import Baseline, hour_of, learnt
from qlik_monitor.domain.finding import find
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.monitoring import review
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.sample import seconds_of
from qlik_monitor.domain.task import FleetReading, ServerState, TaskId
from qlik_monitor.domain.thresholds import Thresholds


class OursDetector:
    """Nobody acts, so that incidents close by themselves once their subject is healthy."""

    name = "ours"

    def __init__(self) -> None:
        self._memory: dict[str, dict[str, TaskProgress]] = {}
        self._baselines: dict[int, dict[str, dict[str, Baseline]]] = {}
        self._open: dict[str, Incident] = {}
        self._predicted: dict[str, PredictedIncident] = {}
        self._ids = _numbers()

    def observe(self, reading: FleetReading) -> None:
        """Do what a cycle does."""
        monitored = {s.name for s in reading.servers if s.state is ServerState.MONITORED}
        memory = {name: self._memory.get(name, {}) for name in monitored}
        hour = hour_of(seconds_of(reading.observed_at))
        findings = find(reading, memory, Thresholds(), self._baselines.get(hour))
        result = review("cycle", reading, findings, self._open.values(), self._ids)
        for incident in result.to_open:
            self._predicted[incident.id] = _predicted(incident)
        for incident in (*result.to_open, *result.to_reopen):
            handed_over = {"status": IncidentStatus.ESCALATED}
            self._open[incident.id] = incident.model_copy(update=handed_over)
            self._predicted[incident.id].kinds |= incident.kinds
        for incident in result.to_close:
            del self._open[incident.id]
            self._predicted[incident.id].closed_at = reading.observed_at
        for server, progress in findings.progress.items():
            self._memory.setdefault(server, {}).update(progress)
        for (server, hour), rows in findings.finished_hours().items():
            of_hour = self._baselines.setdefault(hour, {})
            of_hour[server] = learnt(of_hour.get(server, {}), rows)

    def incidents(self) -> Sequence[PredictedIncident]:
        """Every incident so far."""
        return list(self._predicted.values())


def _predicted(incident: Incident) -> PredictedIncident:
    subject = incident.subject
    task = subject.task_id
    return PredictedIncident(
        server=subject.server,
        task=subject.task,
        endpoint=subject.endpoint,
        members=frozenset([task] if task else _members(incident)),
        kinds=frozenset(incident.kinds),
        opened_at=incident.opened_at,
    )


def _members(incident: Incident) -> Sequence[TaskId]:
    return tuple(TaskId.parse(name) for name in incident.members)


def _numbers() -> Iterator[str]:
    return (str(number) for number in count())
