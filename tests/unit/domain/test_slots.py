from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.slots import free_slots
from tests.fakes.builders import NOON, later

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("minutes", "free"), [(-59, ()), (-60, (0,)), (5, ())], ids=["taken", "free again", "ahead"]
)
def test_a_place_is_free_when_its_window_is_over(minutes: float, free: tuple[int, ...]) -> None:
    assert free_slots({0: later(minutes=minutes)}, 1, HOUR, NOON) == free


def test_places_beyond_a_lowered_cap_are_counted_until_they_are_free() -> None:
    beyond = {4: NOON, 5: NOON}
    assert free_slots(beyond, 3, HOUR, NOON) == (0,)
    assert free_slots(beyond, 3, HOUR, later(hours=1)) == (0, 1, 2)
    assert free_slots(dict.fromkeys(range(3, 9), NOON), 3, HOUR, NOON) == ()


@given(st.sets(st.integers(0, 30)), st.integers(1, 20))
def test_all_free_places_together_fill_the_cap_exactly(busy: set[int], cap: int) -> None:
    free = free_slots(dict.fromkeys(busy, NOON), cap, HOUR, NOON)
    assert not busy & set(free)
    assert len(free) + len(busy) <= max(cap, len(busy))
    assert bool(free) is (len(busy) < cap)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 90)), max_size=25), st.integers(1, 12))
def test_whatever_those_who_saw_less_take_the_cap_holds(
    taken: list[tuple[int, int]], cap: int
) -> None:
    slots = {slot: later(minutes=-ago) for slot, ago in taken}
    before = sum(NOON - at < HOUR for at in slots.values())
    # One judges now and one half an hour later; both take all that they believe to be free.
    early = free_slots(slots, cap, HOUR, NOON)
    late = free_slots(slots, cap, HOUR, later(minutes=30))
    still = sum(later(minutes=30) - at < HOUR for at in slots.values())
    assert len(early) + before <= max(cap, before)
    assert len({*early, *late}) + still <= max(cap, still)
