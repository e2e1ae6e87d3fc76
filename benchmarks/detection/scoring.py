"""Scoring: which incidents of a detector answer to which illnesses that really happened.

An incident answers to an illness if it is about one of its tasks, its server or its endpoint, and
was opened between the illness's beginning and two polls after its end. The first one detects it;
the others are extras. Extras count against precision, because people are called again for nothing
new; only flapping may have one extra, since a task that was well for a while did fail again.

An incident that was open before an illness began, and still is then, was no answer to it: if it
answers to no other illness it is false. People look at the task already, though, so the illness
counts as detected, without a delay, and as `carried`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.detection.predicted import PredictedIncident
from benchmarks.fleet_simulator.timeline import BEGINNING
from benchmarks.fleet_simulator.truth import TruthIncident

GRACE_POLLS = 2
FREE_EXTRAS = {"flapping": 1}


@dataclass(frozen=True, slots=True)
class Match:
    """An illness and the incidents that answer to it, the first first."""

    truth: TruthIncident
    predicted: tuple[PredictedIncident, ...]
    delay_polls: float | None
    """From when it was due until the first incident: negative is early, None is missed."""
    carried: bool = False

    @property
    def detected(self) -> bool:
        """Tell whether it was found."""
        return bool(self.predicted) or self.carried

    @property
    def extras(self) -> int:
        """Incidents beyond the first."""
        return max(0, len(self.predicted) - 1)

    @property
    def extras_that_count(self) -> int:
        """Extras that count against precision."""
        return max(0, self.extras - FREE_EXTRAS.get(self.truth.kind, 0))


@dataclass(frozen=True, slots=True)
class Score:
    """What became of a fleet's illnesses, and the incidents that answer to none."""

    matches: tuple[Match, ...]
    false: tuple[PredictedIncident, ...]


@dataclass(slots=True)
class _Ledger:
    answers: dict[int, list[PredictedIncident]] = field(default_factory=lambda: defaultdict(list))
    carried: set[int] = field(default_factory=set)
    false: list[PredictedIncident] = field(default_factory=list)


def seconds(incident: PredictedIncident) -> float:
    """Say when an incident was opened, in the simulator's time."""
    return (incident.opened_at - BEGINNING).total_seconds()


def score(
    truths: Sequence[TruthIncident],
    incidents: Sequence[PredictedIncident],
    interval: float,
    scored_from: float,
) -> Score:
    """Match a detector's incidents with the truth; what was over at `scored_from` is free."""
    ledger = _Ledger()
    for incident in sorted(incidents, key=seconds):
        fitting = [i for i, truth in enumerate(truths) if _fits(truth, incident)]
        answered = [i for i in fitting if _in_time(truths[i], incident, interval)]
        for index in answered:
            ledger.answers[index].append(incident)
        if not answered and _open_after(incident, scored_from):
            ledger.false.append(incident)
        ledger.carried.update(i for i in fitting if _reaches(truths[i], incident))
    matches = tuple(
        _match(truth, tuple(ledger.answers[index]), index in ledger.carried, interval)
        for index, truth in enumerate(truths)
    )
    return Score(matches, tuple(ledger.false))


def _match(
    truth: TruthIncident, answers: tuple[PredictedIncident, ...], carried: bool, interval: float
) -> Match:
    if carried or not answers or truth.due is None:
        return Match(truth, answers, None, carried)
    return Match(truth, answers, (seconds(answers[0]) - truth.due) / interval)


def _fits(truth: TruthIncident, incident: PredictedIncident) -> bool:
    if incident.endpoint is not None and incident.endpoint == truth.endpoint:
        return True
    if truth.task is None and truth.server is not None and incident.task is None:
        return incident.server == truth.server
    return bool(incident.members & truth.members)


def _in_time(truth: TruthIncident, incident: PredictedIncident, interval: float) -> bool:
    return truth.began <= seconds(incident) <= truth.ended + GRACE_POLLS * interval


def _reaches(truth: TruthIncident, incident: PredictedIncident) -> bool:
    """Tell whether an incident of before is still open when an illness begins."""
    return seconds(incident) < truth.began and _open_after(incident, truth.began)


def _open_after(incident: PredictedIncident, moment: float) -> bool:
    closed = incident.closed_at
    return closed is None or (closed - BEGINNING).total_seconds() > moment
