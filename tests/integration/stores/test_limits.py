"""Every limit holds at the reservation itself, however many ask for a place at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_restart_items import slots_of
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.breaker import TRIAL_LASTS
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.restart import Reservation, Reserved, Restart, RestartOutcome
from qlik_monitor.domain.task import TaskId
from tests.fakes.aws import FakeStack, fake_stack
from tests.fakes.builders import NOON, TASK, a_restart, later

NO_PAUSE = Limits(backoff=timedelta(0))
SHARED = ("Oracle PROD", "Lake")


def of_task(number: int, minutes: float = 0, **changes: Any) -> Restart:
    """A restart of another task each, on the same server and at the same endpoints."""
    task = TaskId(server=changes.pop("server", "prod"), task=f"t{number}")
    usual = {"task": task, "requested_at": later(minutes=minutes), "endpoints": SHARED}
    return a_restart(**usual | changes)


def refused(answer: Reserved) -> str:
    return answer.refused.name if answer.refused else ""


def test_a_server_over_its_cap_gets_nothing_more_and_others_do(restarts: DynamoDbRestarts) -> None:
    limits = NO_PAUSE.model_copy(update={"server_cap": 3})
    answers = [restarts.reserve(of_task(n, n), limits) for n in range(5)]
    assert [refused(one) for one in answers] == ["", "", "", "server_cap", "server_cap"]
    assert refused(restarts.reserve(of_task(9, 5, server="test"), limits)) == ""
    assert refused(restarts.reserve(of_task(3, 60), limits)) == ""
    assert refused(restarts.reserve(of_task(4, 60), limits)) == "server_cap"


def test_a_fleet_over_its_cap_gets_nothing_more(restarts: DynamoDbRestarts) -> None:
    limits = NO_PAUSE.model_copy(update={"fleet_cap": 3})
    answers = [restarts.reserve(of_task(n, server=f"s{n}"), limits) for n in range(4)]
    assert [refused(one) for one in answers] == ["", "", "", "fleet_cap"]


def test_a_refusal_writes_nothing(restarts: DynamoDbRestarts, stack: FakeStack) -> None:
    limits = NO_PAUSE.model_copy(update={"server_cap": 1})
    restarts.reserve(of_task(0), limits)
    before = stack.dump()
    assert refused(restarts.reserve(of_task(1), limits)) == "server_cap"
    assert stack.dump() == before


def test_a_cap_takes_no_more_room_than_it_has_places(
    restarts: DynamoDbRestarts, stack: FakeStack
) -> None:
    limits = NO_PAUSE.model_copy(update={"server_cap": 2, "fleet_cap": 3})
    for number in range(8):
        restarts.reserve(of_task(number, number * 35), limits)
    places = {item["sk"]: len(slots_of(item)) for item in stack.dump() if item["pk"] == "LIMIT"}
    assert places["SERVER#prod"] <= 2
    assert places["FLEET"] <= 3


def test_a_cap_that_was_lowered_holds_at_once(stack: FakeStack) -> None:
    store = DynamoDbRestarts(table(stack.table_name))
    for number in range(6):
        store.reserve(of_task(number), NO_PAUSE)
    lower = NO_PAUSE.model_copy(update={"server_cap": 8})
    answers = race(stack, [of_task(n, 1) for n in range(10, 18)], lower)
    assert sorted(map(refused, answers)) == ["", "", *["server_cap"] * 6]


def test_the_next_restart_of_a_task_has_to_wait_and_jitter_makes_it_wait_longer(
    stack: FakeStack,
) -> None:
    late = DynamoDbRestarts(table(stack.table_name), chance=lambda: 1.0)
    late.reserve(a_restart(), Limits())
    early = a_restart(attempt=2, requested_at=later(seconds=143))
    answer = late.reserve(early, Limits())
    assert refused(answer) == "backoff"
    assert answer.refused is not None
    assert answer.refused.until == later(seconds=144)
    on_time = a_restart(attempt=2, requested_at=later(seconds=144))
    assert late.reserve(on_time, Limits()).reservation is Reservation.GRANTED
    third = a_restart(attempt=3, requested_at=later(seconds=144 + 432))
    too_early = third.model_copy(update={"requested_at": later(minutes=9)})
    assert refused(late.reserve(too_early, Limits())) == "backoff"
    assert late.reserve(third, Limits()).reservation is Reservation.GRANTED


def test_failures_at_a_shared_endpoint_stop_all_that_use_it(restarts: DynamoDbRestarts) -> None:
    for number in range(3):
        fail(restarts, of_task(number), minutes=number)
    only_target = of_task(7, 5, endpoints=("Lake",))
    assert refused(restarts.reserve(only_target, NO_PAUSE)) == "breaker"
    elsewhere = of_task(8, 5, endpoints=("MySQL", "Other Lake"))
    assert refused(restarts.reserve(elsewhere, NO_PAUSE)) == ""


def fail(restarts: DynamoDbRestarts, restart: Restart, minutes: float) -> None:
    answer = restarts.reserve(restart, NO_PAUSE)
    assert answer.reservation is Reservation.GRANTED, answer
    for _ in range(2):  # a step that runs twice tells it twice
        restarts.record(restart, RestartOutcome.FAILED, "down", later(minutes=minutes))


def opened(restarts: DynamoDbRestarts) -> None:
    """Open the breakers at 12:02, so that they are half-open from 12:32 on."""
    for number in range(3):
        fail(restarts, of_task(number), minutes=number)


def test_a_half_open_breaker_lets_one_try_and_its_success_closes_it(
    restarts: DynamoDbRestarts,
) -> None:
    opened(restarts)
    assert refused(restarts.reserve(of_task(5, 31.9), NO_PAUSE)) == "breaker"
    trial = of_task(5, 32)
    assert refused(restarts.reserve(trial, NO_PAUSE)) == ""
    assert refused(restarts.reserve(of_task(6, 33), NO_PAUSE)) == "breaker"
    restarts.record(trial, RestartOutcome.RECOVERED, "", later(minutes=40))
    assert refused(restarts.reserve(of_task(6, 41), NO_PAUSE)) == ""
    assert refused(restarts.reserve(of_task(7, 41), NO_PAUSE)) == ""


def test_a_trial_that_fails_opens_it_again(restarts: DynamoDbRestarts) -> None:
    opened(restarts)
    fail(restarts, of_task(5, 32), minutes=40)
    assert refused(restarts.reserve(of_task(6, 69.9), NO_PAUSE)) == "breaker"
    assert refused(restarts.reserve(of_task(6, 70), NO_PAUSE)) == ""


@pytest.mark.parametrize("outcome", [RestartOutcome.REFUSED, None], ids=["refused", "lost"])
def test_a_trial_that_tells_nothing_makes_room_for_another(
    outcome: RestartOutcome | None, restarts: DynamoDbRestarts
) -> None:
    opened(restarts)
    trial = of_task(5, 32)
    restarts.reserve(trial, NO_PAUSE)
    if outcome:
        restarts.record(trial, outcome, "locked", later(minutes=33))
    minutes = 34 if outcome else 32 + TRIAL_LASTS / timedelta(minutes=1)
    assert refused(restarts.reserve(of_task(6, minutes), NO_PAUSE)) == ""


def test_of_many_who_want_to_try_one_does(stack: FakeStack) -> None:
    opened(DynamoDbRestarts(table(stack.table_name)))
    answers = race(stack, [of_task(n, 40) for n in range(10, 22)], NO_PAUSE)
    assert sorted(map(refused, answers)) == ["", *["breaker"] * 11]


def race(stack: FakeStack, wanted: list[Restart], limits: Limits) -> list[Reserved]:
    stores = [DynamoDbRestarts(table(stack.table_name)) for _ in wanted]
    with ThreadPoolExecutor(len(wanted)) as pool:
        return list(pool.map(lambda n: stores[n].reserve(wanted[n], limits), range(len(wanted))))


@pytest.mark.parametrize("cap", ["server_cap", "fleet_cap"])
def test_of_many_racers_exactly_the_cap_is_granted(cap: str, stack: FakeStack) -> None:
    limits = NO_PAUSE.model_copy(update={cap: 5})
    answers = race(stack, [of_task(n) for n in range(20)], limits)
    assert sorted(map(refused, answers)) == [*[""] * 5, *[cap] * 15]


def test_a_pause_holds_from_that_moment_on_and_until_it_is_ended(
    restarts: DynamoDbRestarts, stack: FakeStack
) -> None:
    switch = DynamoDbAutomation(table(stack.table_name))
    assert not switch.state().paused
    switch.pause("ada", "upgrade", NOON)
    answer = restarts.reserve(of_task(1), NO_PAUSE)
    assert refused(answer) == "pause"
    assert answer.refused is not None
    assert "by ada: upgrade" in str(answer.refused.refuses)
    assert restarts.of(of_task(1).task) == ()
    switch.resume("bob", later(minutes=1))
    assert restarts.reserve(of_task(1), NO_PAUSE).reservation is Reservation.GRANTED


def test_a_pause_that_comes_between_reading_and_writing_holds_too(stack: FakeStack) -> None:
    switch = DynamoDbAutomation(table(stack.table_name))

    def chance() -> float:
        switch.pause("ada", "", NOON)
        return 0.0

    restarts = DynamoDbRestarts(table(stack.table_name), chance, sleep=lambda _seconds: None)
    assert refused(restarts.reserve(of_task(1), NO_PAUSE)) == "pause"
    assert restarts.of(of_task(1).task) == ()


def test_whoever_pauses_first_stays_named_and_repeating_is_harmless(stack: FakeStack) -> None:
    switch = DynamoDbAutomation(table(stack.table_name))
    first = switch.pause("ada", "upgrade", NOON)
    assert switch.pause("bob", "too", later(minutes=5)) == first == switch.state()
    resumed = switch.resume("bob", later(minutes=6))
    assert switch.resume("ada", later(minutes=7)) == resumed == switch.state()
    assert (resumed.paused, resumed.by) == (False, "bob")
    assert switch.pause("ada", "again", later(minutes=8)).at == later(minutes=8)


def test_what_was_never_paused_is_not_resumed(stack: FakeStack) -> None:
    switch = DynamoDbAutomation(table(stack.table_name))
    assert not switch.resume("bob", NOON).paused
    assert stack.dump() == []


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 90),  # minutes that pass before it
        st.integers(0, 4),  # the task
        st.sampled_from(["ask", "ask", "ask", "failed", "recovered", "refused", "healthy"]),
    ),
    max_size=30,
)
TIGHT = Limits(
    attempts=2,
    window=timedelta(hours=6),
    server_cap=4,
    fleet_cap=6,
    cap_window=timedelta(hours=2),
    illness_returns=2,
    backoff=timedelta(minutes=1),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_no_sequence_of_requests_outcomes_and_health_exceeds_any_limit(
    events: list[tuple[int, int, str]],
) -> None:
    with fake_stack() as stack:
        store, now = DynamoDbRestarts(table(stack.table_name)), NOON
        granted: list[Restart] = []
        healthy: dict[int, datetime] = {}
        for minutes, number, what in events:
            now += timedelta(minutes=minutes)
            wanted = of_task(
                number,
                server=f"s{number % 2}",
                incident_id=f"i-{len(granted)}",
                requested_at=now,
                endpoints=(f"db-{number % 2}",),
            )
            mine = [one for one in granted if one.task == wanted.task]
            if what == "ask":
                answer = store.reserve(wanted, TIGHT, healthy.get(number))
                granted += [wanted] if answer.reservation is Reservation.GRANTED else []
            elif what == "healthy":
                healthy[number] = now
            elif mine:
                store.record(mine[-1], RestartOutcome(what), "", now)
        assert_within(granted)


def assert_within(granted: list[Restart]) -> None:
    """Hold what was granted against the limits, counted anew in the plainest way."""
    for restart in granted:
        at = restart.requested_at
        caps = [one for one in granted if at - TIGHT.cap_window < one.requested_at <= at]
        assert len(caps) <= TIGHT.fleet_cap
        same_server = [one for one in caps if one.task.server == restart.task.server]
        assert len(same_server) <= TIGHT.server_cap
        own = [one for one in granted if one.task == restart.task]
        recent = [one for one in own if at - TIGHT.window < one.requested_at <= at]
        assert len(recent) <= TIGHT.attempts
        for earlier, following in pairwise(own):
            assert following.requested_at - earlier.requested_at >= timedelta(minutes=2)


def test_what_a_task_has_spent_is_read_whole(restarts: DynamoDbRestarts) -> None:
    restarts.reserve(of_task(1, endpoints=("Lake",)), NO_PAUSE)
    spent = restarts.spent(of_task(1).task, ("Lake", "Oracle PROD"))
    assert [len(spent.restarts), len(spent.server), len(spent.fleet)] == [1, 1, 1]
    assert [breaker.endpoint for breaker in spent.breakers] == ["Lake", "Oracle PROD"]
    other = restarts.spent(TASK, ())
    assert [len(other.restarts), len(other.server), len(other.fleet)] == [0, 1, 1]
