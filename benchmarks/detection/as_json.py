"""The same figures for machines."""

from collections.abc import Sequence
from typing import Any

from benchmarks.detection.contract import broken_promises
from benchmarks.detection.tally import (
    KindTally,
    by_illness,
    false_by_look_alike,
    healthy_days,
    total,
)
from benchmarks.detection.trial import Trial


def as_json(trials: Sequence[Trial], detectors: Sequence[str]) -> dict[str, Any]:
    """Say everything that the tables say, by poll interval."""
    intervals = sorted({trial.interval for trial in trials})
    return {
        "seeds": [f"{trial.scenario}: {trial.seed}" for trial in trials],
        "all": _figures(trials, detectors),
        "by_interval_seconds": {
            str(int(at)): _figures([t for t in trials if t.interval == at], detectors)
            for at in intervals
        },
        "one_cause_many_tasks": [
            {"scenario": t.scenario, "seed": t.seed, "incidents": dict(t.opened)}
            for t in trials
            if "lost" in t.scenario
        ],
        "broken_promises": broken_promises(trials, detectors[0]),
    }


def _figures(trials: Sequence[Trial], detectors: Sequence[str]) -> dict[str, Any]:
    return {name: _of_detector(trials, name) for name in detectors}


def _of_detector(trials: Sequence[Trial], name: str) -> dict[str, Any]:
    found = total(trials, name)
    return {
        **_of_kind(found.illnesses),
        "precision": found.precision,
        "false": found.false,
        "healthy_task_days": found.healthy_days,
        "false_per_1000_healthy_task_days": found.false_per_1000_days,
        "illnesses": {kind: _of_kind(some) for kind, some in by_illness(trials, name).items()},
        "false_by_look_alike": dict(false_by_look_alike(trials, name)),
        "healthy_task_days_by_look_alike": healthy_days(trials),
    }


def _of_kind(found: KindTally) -> dict[str, Any]:
    return {
        "episodes": found.episodes,
        "recall": found.recall,
        "carried": found.carried,
        "median_delay_polls": found.median_delay,
        "p90_delay_polls": found.p90_delay,
        "extras": found.extras,
        "extras_that_count": found.extras_that_count,
    }
