"""The benchmark's storms on moto, smaller: exactly what is allowed reaches Qlik."""

import logging
from collections.abc import Iterator

import pytest

from benchmarks.limits.storms import one_incident, one_server, paused, whole_fleet
from qlik_monitor.observability import logger
from tests.fakes.aws import FakeStack

ATTEMPTS, CAP = 24, 5


@pytest.fixture(autouse=True)
def _quiet(stack: FakeStack) -> Iterator[None]:
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def test_many_attempts_at_one_incident_are_one_run() -> None:
    result = one_incident(ATTEMPTS)
    assert result.tally.runs == 1
    assert result.holds


def test_of_many_tasks_of_a_server_exactly_its_cap_is_run() -> None:
    result = one_server(ATTEMPTS, CAP)
    assert result.tally.runs == CAP
    assert result.tally.answers["refused: SERVER_RESTART_CAP"] == ATTEMPTS - CAP
    assert result.holds


def test_of_many_tasks_of_a_fleet_exactly_its_cap_is_run() -> None:
    result = whole_fleet(ATTEMPTS, CAP)
    assert result.tally.runs == CAP
    assert result.tally.answers["refused: FLEET_RESTART_CAP"] == ATTEMPTS - CAP
    assert result.holds


def test_a_pause_in_the_middle_of_a_storm_lets_nothing_more_pass() -> None:
    result = paused(ATTEMPTS)
    assert result.holds
    executed = result.tally.answers["executed"]
    assert result.tally.answers["refused: paused"] == ATTEMPTS - executed
