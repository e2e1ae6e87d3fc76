"""Runs models over cases: one server on loopback, and the product's own client."""

import multiprocessing
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from pydantic import SecretStr

from benchmarks.evals.case import EvalCase, RecordedAnswer
from benchmarks.evals.evaluation import ask, decided, evaluate, policies_of, settled_by
from benchmarks.evals.models import EvalModel, models
from benchmarks.evals.trial import Trial
from local.mock_openai import MockOpenAI
from local.mock_openai.scenario import Outcome
from qlik_monitor.adapters.openai_analyst import AnalystSetup, OpenAiAnalyst
from qlik_monitor.domain.facts import IncidentFacts
from qlik_monitor.domain.ports import Analyst
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.errors import ModelUnusable

SLOW_SECONDS = 0.3
"""So long a failing model is waited for: it never answers anyway."""
PATIENCE_SECONDS = 20.0
FAILING_AT_ONCE = 48
"""Questions under way to a failing model: what takes time is to wait before the one repetition."""
REAL_AT_ONCE = 8


class Desk:
    """The server's side: it answers about the case that is on the desk."""

    def __init__(self, model: EvalModel, case: EvalCase) -> None:
        """Let a model sit down before a first case."""
        self._model = model
        self.case = case

    def answer(self, _text: str) -> Outcome:
        """Say what the model says about the case."""
        if self._model.says is None:
            raise ValueError(f"{self._model.name} is no model that answers")
        return self._model.says(self.case)


class Job(NamedTuple):
    """One model to be put through all cases, as another process needs it."""

    model: str
    cases: tuple[EvalCase, ...]
    answers: Mapping[str, RecordedAnswer]


def run(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Trial, ...]]:
    """Put every case to every model that needs no key, and return trials in the order of jobs."""
    if workers == 1:
        yield from map(run_model, jobs)
        return
    # The servers' threads forbid to fork.
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(run_model, jobs)


def run_model(job: Job) -> tuple[Trial, ...]:
    """Put every case to one model."""
    model = next(one for one in models(job.answers) if one.name == job.model)
    desk = Desk(model, job.cases[0])
    with MockOpenAI(answering=desk.answer) as server, _analyst(model, server) as analyst:
        return _trials(model, job.cases, analyst, desk)


def run_real(analyst: Analyst, cases: tuple[EvalCase, ...]) -> tuple[Trial, ...]:
    """Put every case to a real model, several at once."""
    with ThreadPoolExecutor(REAL_AT_ONCE) as pool:
        return tuple(pool.map(lambda case: _trial(case, analyst, beside=False), cases))


def _trials(
    model: EvalModel, cases: tuple[EvalCase, ...], analyst: Analyst, desk: Desk
) -> tuple[Trial, ...]:
    if model.fails:
        # It answers the same to whatever stands on the desk.
        with ThreadPoolExecutor(FAILING_AT_ONCE) as pool:
            return tuple(pool.map(lambda case: _trial(case, analyst, beside=False), cases))

    def one(case: EvalCase) -> Trial:
        desk.case = case
        return _trial(case, analyst, beside=model.hostile)

    return tuple(one(case) for case in cases)


def _trial(case: EvalCase, analyst: Analyst, *, beside: bool) -> Trial:
    remembering, policies = _Once(analyst), policies_of(case)
    began = time.perf_counter()
    made = {name: evaluate(case, remembering, policy) for name, policy in policies.items()}
    seconds = time.perf_counter() - began
    settled = settled_by(case, policies["permissive"]) is not None
    said = ask(case, remembering) if beside and settled else None
    return Trial(
        case=case,
        proposal=made["permissive"][0],
        decisions={name: decision for name, (_, decision) in made.items()},
        asked=not settled,
        beside=() if said is None else tuple(decided(case, said, one) for one in policies.values()),
        seconds=seconds,
    )


class _Absent:
    """Stands in where no model may be asked; fits `Analyst`."""

    def __init__(self, failure: ModelUnusable) -> None:
        self._failure = failure

    def propose(self, facts: IncidentFacts) -> Proposal:
        raise self._failure


class _Once:
    """Asks about one case once, for all policies; fits `Analyst`."""

    def __init__(self, analyst: Analyst) -> None:
        self._analyst = analyst
        self._said: Callable[[], Proposal] | None = None

    def propose(self, facts: IncidentFacts) -> Proposal:
        if self._said is None:
            self._said = self._ask(facts)
        return self._said()

    def _ask(self, facts: IncidentFacts) -> Callable[[], Proposal]:
        try:
            proposal = self._analyst.propose(facts)
        except Exception as error:
            failed = error

            def fail() -> Proposal:
                raise failed

            return fail
        return lambda: proposal


@contextmanager
def _analyst(model: EvalModel, server: MockOpenAI) -> Iterator[Analyst]:
    if model.stands_in is not None:
        yield _Absent(model.stands_in)
        return
    with _address(model, server) as address:
        setup = AnalystSetup(
            model=model.model,
            base_url=address,
            timeout_seconds=SLOW_SECONDS if model.name == "slow" else PATIENCE_SECONDS,
        )
        analyst = OpenAiAnalyst(setup, SecretStr(server.api_key))
        try:
            yield analyst
        finally:
            analyst.close()


@contextmanager
def _address(model: EvalModel, server: MockOpenAI) -> Iterator[str]:
    if not model.down:
        yield server.url
        return
    # Bound and not listening: nobody else gets the port, and every connection is refused.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/v1"
