"""`--explain KIND`: what was missed or found in vain, and what could be read around it.

KIND is an illness, or what a healthy task is like.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console

from benchmarks.detection.predicted import PredictedIncident
from benchmarks.detection.scoring import Match, seconds
from benchmarks.detection.trial import Trial
from benchmarks.fleet_simulator.scenarios import SCENARIOS
from benchmarks.fleet_simulator.timeline import moment
from qlik_monitor.domain.task import FleetReading, TaskId, TaskSnapshot

BEFORE, AFTER = 6, 6
"""So many readings are shown before and after."""
AT_MOST = 12
"""So many cases are shown a fleet."""


@dataclass(frozen=True, slots=True)
class Case:
    """Something to explain: what it is, about whom, and from when until when."""

    title: str
    task: TaskId
    began: float
    ended: float


def explain(console: Console, trial: Trial, detector: str, kind: str) -> None:
    """Play the fleet out once more, and print the readings around each case."""
    cases = list(_cases(trial, detector, kind))[:AT_MOST]
    if not cases:
        return
    shown: dict[int, list[str]] = {number: [] for number in range(len(cases))}
    for reading in SCENARIOS[trial.scenario](trial.seed).readings():
        _note(reading, cases, shown, trial.interval)
    for number, case in enumerate(cases):
        console.rule(f"{trial.scenario}, seed {trial.seed}: {case.title}", align="left")
        for line in shown[number]:
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _cases(trial: Trial, detector: str, kind: str) -> Iterator[Case]:
    score = trial.scores[detector]
    for match in score.matches:
        if match.truth.kind == kind and (not match.detected or match.extras_that_count):
            yield _of_match(match)
    for incident in score.false:
        if trial.look_alike_of(incident) == kind and incident.members:
            yield _of_false(incident)


def _of_match(match: Match) -> Case:
    truth = match.truth
    said = "; ".join(f"{incident} at {_clock(seconds(incident))}" for incident in match.predicted)
    due = "never" if truth.due is None else _clock(truth.due)
    what = "MISSED" if not match.detected else f"EXTRAS ({match.extras})"
    return Case(
        f"{what} {truth.kind}, began {_clock(truth.began)}, due {due}, ended "
        f"{_clock(truth.ended)}; {said or 'nothing was said'}",
        sorted(truth.members, key=str)[0],
        truth.began,
        truth.ended,
    )


def _of_false(incident: PredictedIncident) -> Case:
    at = seconds(incident)
    closed = incident.closed_at or "never"
    title = f"FALSE {incident}, opened {_clock(at)}, closed {closed}"
    return Case(title, sorted(incident.members, key=str)[0], at, at)


def _note(
    reading: FleetReading, cases: Sequence[Case], shown: dict[int, list[str]], interval: float
) -> None:
    for number, case in enumerate(cases):
        began = moment(case.began - BEFORE * interval)
        if began <= reading.observed_at <= moment(case.ended + AFTER * interval):
            mine = (one for one in reading.tasks if one.id == case.task)
            shown[number].append(_line(reading, next(mine, None)))


def _line(reading: FleetReading, snapshot: TaskSnapshot | None) -> str:
    at = f"{reading.observed_at:%a %d %H:%M:%S}"
    if snapshot is None:
        return f"{at}  not read"
    backlog, counters = snapshot.backlog, snapshot.counters
    return (
        f"{at}  {snapshot.state.value}/{snapshot.stop_reason.value}"
        f"  latency {snapshot.source_latency_seconds}/{snapshot.total_latency_seconds}"
        f"  applied {counters.applied_records}  waiting {backlog.waiting()}"
        f"  in progress {backlog.records_in_progress}"
        f"  speed {snapshot.cdc_throughput.source_records}/{snapshot.cdc_throughput.target_records}"
        f"  loading {snapshot.full_load.tables_loading} {counters.full_load_records}"
        f"  errors {snapshot.data_error_count}/{snapshot.full_load.tables_with_error}"
        f"  memory {snapshot.memory_mb}{'' if snapshot.details_read else '  DETAILS UNREAD'}"
        f"  {' '.join(snapshot.unknown_fields)}"
    )


def _clock(at: float) -> str:
    return f"{moment(at):%a %d %H:%M}"
