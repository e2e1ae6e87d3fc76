from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from qlik_monitor.adapters import dynamodb_restarts
from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_restarts import LONGEST_SLEEP, DynamoDbRestarts
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.restart import Reservation, RestartOutcome
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.settings import LimitSettings
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK, a_restart, later

LIMITS = Limits(attempts=3, backoff=timedelta(0))


def test_a_restart_is_written_ahead_of_its_call(restarts: DynamoDbRestarts) -> None:
    assert restarts.reserve(a_restart(), LIMITS).reservation is Reservation.GRANTED
    assert restarts.of(TASK) == (a_restart(),)
    assert restarts.of(TASK)[0].outcome is RestartOutcome.REQUESTED


def test_the_same_attempt_is_granted_once(restarts: DynamoDbRestarts) -> None:
    restarts.reserve(a_restart(), LIMITS)
    again = a_restart(requested_at=later(minutes=1))
    assert restarts.reserve(again, LIMITS).reservation is Reservation.ALREADY_RESERVED
    assert restarts.of(TASK) == (a_restart(),)


def test_the_same_attempt_is_known_even_at_the_limit(restarts: DynamoDbRestarts) -> None:
    for attempt in (1, 2, 3):
        restarts.reserve(a_restart(attempt=attempt), LIMITS)
    assert (
        restarts.reserve(a_restart(attempt=3), LIMITS).reservation is Reservation.ALREADY_RESERVED
    )


def test_restarts_count_until_the_task_was_proven_healthy_however_old_they_are(
    restarts: DynamoDbRestarts,
) -> None:
    granted = [
        restarts.reserve(a_restart(attempt=n, requested_at=later(hours=n)), LIMITS).reservation
        for n in (1, 2, 3, 4)
    ]
    assert granted == [Reservation.GRANTED] * 3 + [Reservation.REFUSED]
    assert len(restarts.of(TASK)) == 3
    next_week = a_restart(attempt=4, requested_at=later(days=7))
    assert restarts.reserve(next_week, LIMITS, later(hours=2)).refused is None
    another = a_restart(attempt=5, requested_at=later(days=7, hours=1))
    assert restarts.reserve(another, LIMITS).reservation is Reservation.REFUSED


def test_a_refused_reservation_leaves_nothing_behind(
    restarts: DynamoDbRestarts, stack: FakeStack
) -> None:
    restarts.reserve(a_restart(), Limits(attempts=1, backoff=timedelta(0)))
    before = stack.dump()
    refused = restarts.reserve(a_restart(attempt=2), Limits(attempts=1, backoff=timedelta(0)))
    assert refused.reservation is Reservation.REFUSED
    assert stack.dump() == before


def test_each_task_has_its_own_budget(restarts: DynamoDbRestarts) -> None:
    one = Limits(attempts=1, backoff=timedelta(0))
    other = TaskId(server="prod", task="orders2")
    assert restarts.reserve(a_restart(), one).reservation is Reservation.GRANTED
    assert restarts.reserve(a_restart(task=other), one).reservation is Reservation.GRANTED


def test_of_a_group_and_an_incident_that_want_one_task_at_once_one_restarts_it(
    stack: FakeStack,
) -> None:
    # Whoever loses the race reads again: it is the pause, even the shortest, that refuses then.
    shortest = LimitSettings.from_environment({"RESTART_BACKOFF_SECONDS": "1"}).limits()
    wanted = [a_restart(incident_id=name) for name in ("group", "own")]
    stores = [DynamoDbRestarts(table(stack.table_name)) for _ in wanted]
    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = list(pool.map(lambda n: stores[n].reserve(wanted[n], shortest), range(2)))
    assert sorted(one.reservation for one in answers) == [Reservation.GRANTED, Reservation.REFUSED]
    assert len(stores[0].of(TASK)) == 1


def test_what_became_of_a_restart_is_recorded(restarts: DynamoDbRestarts) -> None:
    restarts.reserve(a_restart(), LIMITS)
    restarts.record(a_restart(), RestartOutcome.FAILED, "x" * 900, later(minutes=5))
    [stored] = restarts.of(TASK)
    assert (stored.outcome, len(stored.detail)) == (RestartOutcome.FAILED, 500)
    assert stored.finished_at == later(minutes=5)


def test_restarts_come_oldest_first_however_many_pages_they_fill(
    restarts: DynamoDbRestarts,
) -> None:
    unlimited = Limits(attempts=100, server_cap=100, fleet_cap=100, backoff=timedelta(0))
    long_id = "x" * 900
    for number in range(60):
        restart = a_restart(incident_id=f"{number:04}{long_id}", detail="d" * 20_000)
        restarts.reserve(restart, unlimited)
    assert [r.incident_id[:4] for r in restarts.of(TASK)] == [f"{n:04}" for n in range(60)]


def test_of_many_racers_exactly_the_limit_is_granted(stack: FakeStack) -> None:
    stores = [DynamoDbRestarts(table(stack.table_name)) for _ in range(12)]

    def race(number: int) -> Reservation:
        return stores[number].reserve(a_restart(incident_id=f"i-{number}"), LIMITS).reservation

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(race, range(12)))
    assert outcomes.count(Reservation.GRANTED) == 3
    assert outcomes.count(Reservation.REFUSED) == 9
    assert len(stores[0].of(TASK)) == 3


def test_of_many_racers_for_one_attempt_one_is_granted(stack: FakeStack) -> None:
    stores = [DynamoDbRestarts(table(stack.table_name)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(
            pool.map(lambda n: stores[n].reserve(a_restart(), LIMITS).reservation, range(8))
        )
    assert outcomes.count(Reservation.GRANTED) == 1
    assert outcomes.count(Reservation.ALREADY_RESERVED) == 7


def test_one_who_loses_every_race_gives_up_and_grants_nothing(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_restarts, "TRIES", 3)
    others = DynamoDbRestarts(table(stack.table_name))
    roomy, slept = LIMITS.model_copy(update={"attempts": 20}), list[float]()

    def chance() -> float:
        # Drawn between the reading and the writing: somebody else is always quicker.
        number = len(others.of(TASK))
        others.reserve(a_restart(incident_id=f"quicker-{number}"), roomy)
        return 0.5

    slow = DynamoDbRestarts(table(stack.table_name), chance, slept.append)
    with pytest.raises(StoreUnavailable, match="too many others at once"):
        slow.reserve(a_restart(attempt=2), roomy)
    assert all(one.incident_id.startswith("quicker") for one in others.of(TASK))
    assert slept == sorted(slept)
    assert max(slept) <= LONGEST_SLEEP
