"""One trial: one fleet, played out once before all detectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.detection.ours import OursDetector
from benchmarks.detection.predicted import Detector, PredictedIncident
from benchmarks.detection.scoring import Score, score
from benchmarks.detection.static_rules import StaticRules
from benchmarks.detection.verdicts_alone import VerdictsAlone
from benchmarks.fleet_simulator.scenarios import SCENARIOS
from benchmarks.fleet_simulator.timeline import DAY, moment
from qlik_monitor.domain.task import TaskId

DETECTORS: Mapping[str, Callable[[], Detector]] = MappingProxyType(
    {"ours": OursDetector, "static rules": StaticRules, "verdicts alone": VerdictsAlone}
)
LEARNS = frozenset({"ours"})
"""Who is shown all days to learn from; the others need some hours at most."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one fleet's detectors came to."""

    scenario: str
    seed: int
    interval: float
    scores: Mapping[str, Score]
    opened: Mapping[str, int]
    kind_of: Mapping[TaskId, str]
    healthy_days: Mapping[str, float]
    """Task-days outside any illness, by what the task is like while it is well."""
    polls: int
    tasks: int

    def look_alike_of(self, incident: PredictedIncident) -> str:
        """Name the kind of healthy task that an incident without an illness is about."""
        kinds = {self.kind_of[id] for id in incident.members if id in self.kind_of}
        return kinds.pop() if len(kinds) == 1 else f"(server or endpoint) {incident.server}"


def run_trial(scenario: str, seed: int, names: Sequence[str] = tuple(DETECTORS)) -> Trial:
    """Play a fleet out."""
    fleet = SCENARIOS[scenario](seed)
    detectors = {name: DETECTORS[name]() for name in names}
    early = moment(fleet.span.warm_up - DAY)
    for reading in fleet.readings():
        for name, detector in detectors.items():
            if name in LEARNS or reading.observed_at >= early:
                detector.observe(reading)
    interval, warm_up = fleet.span.interval, fleet.span.warm_up
    found = {name: detector.incidents() for name, detector in detectors.items()}
    return Trial(
        scenario=scenario,
        seed=seed,
        interval=interval,
        scores={n: score(fleet.truths, some, interval, warm_up) for n, some in found.items()},
        opened={name: len(some) for name, some in found.items()},
        kind_of={model.id: model.kind for model in fleet.plan.models},
        healthy_days={kind: lasted / DAY for kind, lasted in fleet.healthy_seconds.items()},
        polls=fleet.polls,
        tasks=len(fleet.plan.models),
    )
