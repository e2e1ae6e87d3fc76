"""Hundreds ask for restarts at once on LocalStack, and Qlik hears of exactly what is allowed."""

from collections.abc import Iterator

import pytest

from benchmarks.limits.__main__ import aws_environment
from benchmarks.limits.storms import one_incident, one_server, paused
from local.localstack.running import RunningLocalStack
from qlik_monitor.observability import logger

pytestmark = pytest.mark.e2e

ATTEMPTS, CAP = 200, 25


@pytest.fixture(autouse=True)
def _on_localstack(
    localstack: RunningLocalStack, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    level = logger.log_level
    with monkeypatch.context() as patched:
        patched.setattr("boto3.DEFAULT_SESSION", None)
        for name, value in aws_environment(localstack.endpoint).items():
            patched.setenv(name, value)
        logger.setLevel("CRITICAL")
        yield
        logger.setLevel(level)


def test_two_hundred_attempts_at_one_incident_are_one_restart() -> None:
    result = one_incident(ATTEMPTS)
    assert result.tally.runs == 1
    assert result.holds, result


def test_of_two_hundred_tasks_of_a_server_exactly_its_cap_is_restarted() -> None:
    result = one_server(ATTEMPTS, CAP)
    assert result.tally.runs == CAP
    assert result.tally.answers["refused: SERVER_RESTART_CAP"] == ATTEMPTS - CAP
    assert result.holds, result


def test_nothing_is_let_pass_once_a_pause_is_written() -> None:
    result = paused(ATTEMPTS)
    assert result.tally.answers["refused: paused"] > 0
    assert result.holds, result
