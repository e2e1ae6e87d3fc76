"""One run of all models over all cases, shared by the suite; property tests take their time."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from benchmarks.evals.case import EvalCase, RecordedAnswer
from benchmarks.evals.loading import load_answers, load_cases
from benchmarks.evals.models import models
from benchmarks.evals.running import Job, run
from benchmarks.evals.score import Prices, Score, score
from benchmarks.evals.trial import Trial

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


class Measured(NamedTuple):
    """What a whole run came to, by the name of the model."""

    trials: Mapping[str, tuple[Trial, ...]]
    scores: Mapping[str, Score]


@pytest.fixture(scope="session")
def cases() -> tuple[EvalCase, ...]:
    return load_cases()


@pytest.fixture(scope="session")
def answers(cases: tuple[EvalCase, ...]) -> Mapping[str, RecordedAnswer]:
    return load_answers(cases)


@pytest.fixture(scope="session")
def measured(cases: tuple[EvalCase, ...], answers: Mapping[str, RecordedAnswer]) -> Measured:
    every = models(answers)
    jobs = [Job(model.name, cases, answers) for model in every]
    trials = {model.name: made for model, made in zip(every, run(jobs, 2), strict=True)}
    scores = {model.name: score(model, trials[model.name], Prices()) for model in every}
    return Measured(trials, scores)
