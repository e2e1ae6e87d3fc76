from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.breaker import Breaker, Failure
from qlik_monitor.domain.limits import LimitReading, Limits, backoff, reason_of, refused_by
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.restart import Restart, RestartOutcome
from tests.fakes.builders import NOON, TASK, a_restart, later

LIMITS = Limits()
NAMES = [
    "pause",
    "attempts",
    "ineffective_fix",
    "illness_returns",
    "server_cap",
    "fleet_cap",
    "breaker",
    "breaker",
    "backoff",
]


def consulted(
    *restarts: Restart,
    counts_from: datetime | None = None,
    now: datetime = NOON,
    limits: Limits = LIMITS,
    **spent: Any,
) -> dict[str, LimitReading]:
    known = Spent(task=TASK, restarts=restarts, **spent)
    return {one.name: one for one in consult(Action.RESUME, known, limits, counts_from, now)}


def ago(outcome: RestartOutcome = RestartOutcome.FAILED, **duration: float) -> Restart:
    """A restart so long before noon, each of an incident of its own."""
    at = NOON - timedelta(**duration)
    return a_restart(incident_id=f"i-{at}", requested_at=at, outcome=outcome)


def test_every_limit_is_read_even_if_none_refuses() -> None:
    both = (Breaker(endpoint="A"), Breaker(endpoint="B"))
    readings = consult(Action.RESUME, Spent(task=TASK, breakers=both), LIMITS, None, NOON)
    assert [reading.name for reading in readings] == NAMES
    assert refused_by(readings) is None
    assert {reading.of for reading in readings} == {"", "resume", "prod", "A", "B"}


@pytest.mark.parametrize(
    ("count", "refuses"), [(2, False), (3, True), (4, True)], ids=["below", "at", "above"]
)
def test_so_many_restarts_are_allowed(count: int, refuses: bool) -> None:
    reading = consulted(*(ago(hours=n + 1) for n in range(count)))["attempts"]
    assert (reading.used, reading.allowed, bool(reading.refuses)) == (count, 3, refuses)
    assert reading.until is None


def test_age_alone_gives_nothing_back() -> None:
    months = (ago(days=89), ago(days=60), ago(days=31))
    assert consulted(*months)["attempts"].refuses
    assert consulted(*months)["attempts"].used == 3


def test_restarts_before_a_whole_window_of_health_do_not_count() -> None:
    restarts = (ago(days=5), ago(days=4), ago(hours=30), ago(hours=2))
    assert consulted(*restarts, counts_from=later(days=-3))["attempts"].used == 2


def test_what_lies_within_the_window_counts_whatever_is_said_of_its_health() -> None:
    restarts = (ago(hours=1), ago(hours=2), ago(hours=23), ago(hours=24))
    assert consulted(*restarts, counts_from=NOON)["attempts"].used == 3


@pytest.mark.parametrize(
    ("restarts", "minutes"), [(0, 0), (1, 2), (2, 6), (3, 12), (7, 56), (8, 60), (50, 60)]
)
def test_the_pause_grows_with_each_restart_up_to_a_cap(restarts: int, minutes: int) -> None:
    assert backoff(restarts, timedelta(minutes=1)) == timedelta(minutes=minutes)


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_the_pause_never_shrinks_and_jitter_adds_a_fifth_at_most(
    restarts: int, chance: float
) -> None:
    unit = timedelta(seconds=60)
    plain = backoff(restarts, unit)
    assert plain <= backoff(restarts + 1, unit) <= 60 * unit
    assert plain <= backoff(restarts, unit, chance) <= 1.2 * plain


def test_the_pause_begins_when_the_last_outcome_was_known() -> None:
    last = a_restart(finished_at=later(minutes=10), outcome=RestartOutcome.FAILED)
    pause = timedelta(minutes=2)
    during = consulted(last, pause=pause, now=later(minutes=11, seconds=59.5))["backoff"]
    assert (during.used, during.until) == (1, later(minutes=12))
    assert "RESTART_BACKOFF_SECONDS=60" in str(during.refuses)
    after = consulted(last, pause=pause, now=later(minutes=12))["backoff"]
    assert (after.used, after.refuses, after.until) == (0, None, None)


def test_the_pause_is_that_of_the_last_restart_whatever_became_of_earlier_ones() -> None:
    late = ago(hours=5).model_copy(update={"finished_at": NOON})
    last = ago(hours=1)
    known = Spent(task=TASK, restarts=(last, late), pause=timedelta(minutes=30))
    assert known.rests_until() == last.requested_at + timedelta(minutes=30)
    assert Spent(task=TASK).rests_until() is None


def test_a_server_has_a_cap_and_says_when_there_is_room_again() -> None:
    limits = LIMITS.model_copy(update={"server_cap": 2})
    times = tuple(later(minutes=-m) for m in (61, 60, 59, 30))
    reading = consulted(limits=limits, server=times)["server_cap"]
    assert (reading.used, reading.allowed, reading.of) == (2, 2, "prod")
    assert reading.until == later(minutes=1)
    assert "SERVER_RESTART_CAP=2 is reached: 2 restarts on server prod within 1 h" in str(
        reason_of(reading)
    )
    assert consulted(limits=limits, server=times, now=later(minutes=1))["server_cap"].used == 1


def test_a_cap_that_was_lowered_says_when_enough_have_left_the_window() -> None:
    limits = LIMITS.model_copy(update={"fleet_cap": 2})
    times = tuple(later(minutes=-m) for m in (50, 40, 30, 20))
    reading = consulted(limits=limits, fleet=times)["fleet_cap"]
    assert (reading.used, reading.until) == (4, later(minutes=30))
    assert "FLEET_RESTART_CAP=2 is reached: 4 restarts in the fleet" in str(reading.refuses)


def test_times_of_a_clock_that_runs_ahead_count() -> None:
    assert consulted(server=(later(minutes=3),))["server_cap"].used == 1


def test_a_fix_that_failed_often_enough_is_not_tried_again() -> None:
    limits = LIMITS.model_copy(update={"attempts": 9})
    other = ago(hours=4).model_copy(update={"action": Action.STOP_AND_RESUME})
    helped = ago(RestartOutcome.RECOVERED, hours=5)
    two = (ago(hours=1), ago(hours=2), other, helped)
    assert consulted(*two, limits=limits)["ineffective_fix"].used == 2
    reading = consulted(*two, ago(hours=3), limits=limits)["ineffective_fix"]
    assert reading.refuses == "INEFFECTIVE_FIX_FAILURES=3 is reached: resume failed 3 times"
    long_ago = consulted(*two, ago(days=9), limits=limits, counts_from=later(days=-2))
    assert long_ago["ineffective_fix"].refuses is None


def test_before_anything_is_proposed_no_fix_is_called_ineffective() -> None:
    spent = Spent(task=TASK, restarts=(ago(hours=1), ago(hours=2)))
    limits = LIMITS.model_copy(update={"ineffective_failures": 1})
    assert refused_by(consult(None, spent, limits, None, NOON)) is None
    refused = refused_by(consult(Action.RESUME, spent, limits, None, NOON))
    assert refused is not None
    assert refused.name == "ineffective_fix"


def test_an_illness_that_comes_back_after_each_cure_is_for_people() -> None:
    limits = LIMITS.model_copy(update={"attempts": 9})
    cured = [ago(RestartOutcome.RECOVERED, hours=n) for n in (1, 3, 5)]
    reading = consulted(*cured, limits=limits)["illness_returns"]
    assert (reading.used, reading.until) == (3, later(hours=1))
    assert "came back after 3 restarts that helped within 6 h" in str(reading.refuses)
    spread = [ago(RestartOutcome.RECOVERED, hours=n) for n in (1, 3, 6)]
    assert consulted(*spread, limits=limits)["illness_returns"].refuses is None


def test_a_pause_refuses_everything_and_says_who_and_why() -> None:
    paused = Automation(paused=True, by="ada", reason="database upgrade", at=NOON)
    reading = consulted(automation=paused)["pause"]
    assert (reading.used, reading.allowed, reading.until) == (1, 0, None)
    assert reading.refuses == (
        "automation is paused since 2026-03-02 12:00:00 UTC by ada: database upgrade"
    )


def test_what_is_for_people_is_told_before_what_only_has_to_rest() -> None:
    readings = consult(
        Action.RESUME,
        Spent(
            task=TASK,
            restarts=(a_restart(),),
            pause=timedelta(hours=1),
            breakers=(
                Breaker(
                    endpoint="A",
                    failures=tuple(Failure(restart=f"r{n}", at=NOON) for n in range(3)),
                ),
            ),
        ),
        LIMITS,
        None,
        NOON,
    )
    assert [one.name for one in readings if one.refuses] == ["breaker", "backoff"]
    refused = refused_by(readings)
    assert refused is not None
    assert refused.name == "breaker"
    assert str(reason_of(refused)).endswith("; it ends at 2026-03-02 12:30:00 UTC")


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(RestartOutcome)), max_size=12),
    st.none() | st.integers(0, 3000),
)
def test_a_limit_that_refuses_has_used_up_what_is_allowed(
    history: list[tuple[int, RestartOutcome]], health: int | None
) -> None:
    restarts = [ago(outcome, minutes=minutes) for minutes, outcome in history]
    counts_from = None if health is None else NOON - timedelta(minutes=health)
    times = tuple(one.requested_at for one in restarts)
    for reading in consulted(
        *restarts, counts_from=counts_from, server=times, fleet=times
    ).values():
        assert reading.used >= 0
        if reading.refuses:
            assert reading.used >= reading.allowed
            assert reading.until is None or reading.until > NOON
