from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.sample import LONGEST, Kept, Sample, Window, extended, window_of
from qlik_monitor.domain.verdict import Phase, TaskVerdict, judge, phase_of, transaction_grows


def a_window(*samples: Mapping[str, int | None], seconds: int = 300) -> Window:
    """Samples five minutes apart of a task that runs and moves; say what differs."""
    usual = Sample(at=0, latency=5, source=2, waiting=0, in_progress=0, rate=50, moved=1)
    return tuple(usual._replace(at=number * seconds, **one) for number, one in enumerate(samples))


def behind(*latencies: int | None, moved: int | None = 1) -> Window:
    return a_window(*[{"latency": value, "waiting": 500, "moved": moved} for value in latencies])


IDLE = {"latency": 0, "source": 0, "rate": 0, "moved": 0}
STILL = {"waiting": 500, "rate": 0, "moved": 0}


@pytest.mark.parametrize(
    ("window", "verdict"),
    [
        ((), TaskVerdict.UNKNOWN),
        (a_window({}), TaskVerdict.PROGRESSING),
        (a_window(IDLE, IDLE), TaskVerdict.IDLE),
        (behind(90), TaskVerdict.REWOUND),
        (behind(90, 95, 88, 92), TaskVerdict.PROGRESSING),
        (behind(60, 200, 340, 480), TaskVerdict.FALLING_BEHIND),
        (behind(5000, 4000, 3000, 2000), TaskVerdict.DRAINING),
        (a_window(STILL, STILL), TaskVerdict.PROGRESSING),
        (a_window(STILL, STILL, STILL), TaskVerdict.STALLED),
        (a_window(STILL, STILL, {"waiting": 500, "moved": 1}), TaskVerdict.PROGRESSING),
        (behind(100, 400, 700, 1000, moved=0), TaskVerdict.STALLED),
        (behind(None, None, None), TaskVerdict.PROGRESSING),
        (a_window(*[{"waiting": None, "latency": None, "moved": None}] * 3), TaskVerdict.UNKNOWN),
        (a_window(*[{"waiting": None, "latency": 5}] * 2), TaskVerdict.UNKNOWN),
    ],
    ids=[
        "nothing seen",
        "one good reading",
        "a quiet source",
        "one reading with work",
        "behind, steadily",
        "the distance grows",
        "it catches up",
        "a pause",
        "work, and no movement",
        "it moves again",
        "latency grows, and no movement",
        "latency unknown, yet it moves",
        "nothing known",
        "whether changes wait is unknown",
    ],
)
def test_a_window_says_what_a_task_is_doing(window: Window, verdict: TaskVerdict) -> None:
    assert judge(window) is verdict


def test_the_verdict_asks_for_no_threshold() -> None:
    small = behind(61, 100, 140, 180)
    large = behind(61_000, 61_100, 61_200, 61_300)
    assert judge(small) is judge(large) is TaskVerdict.FALLING_BEHIND


def test_a_full_load_is_judged_by_what_it_loads_and_not_by_latency() -> None:
    loading = {"loading": 3, "waiting": 900}
    moving = a_window(*[loading | {"latency": 300 * n} for n in range(5)])
    frozen = a_window(*[loading | {"moved": 0}] * 4)
    assert phase_of(moving) is Phase.FULL_LOAD
    assert (judge(moving), judge(frozen)) == (TaskVerdict.PROGRESSING, TaskVerdict.STALLED)


def test_one_large_transaction_is_not_a_stall() -> None:
    growing = a_window(
        *[
            {"latency": 300 * n, "waiting": 9, "rate": 0, "moved": 1, "in_progress": 1000 * n}
            for n in range(5)
        ]
    )
    assert transaction_grows(growing)
    assert judge(growing) is not TaskVerdict.STALLED


def test_a_transaction_that_does_not_grow_is_a_stall() -> None:
    frozen = a_window(*[{"latency": 300 * n, "moved": 0, "in_progress": 1000} for n in range(5)])
    assert not transaction_grows(frozen)
    assert judge(frozen) is TaskVerdict.STALLED


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=12))
def test_noise_of_some_seconds_is_never_a_trend(noise: list[int]) -> None:
    window = behind(*[600 + value % 10 for value in noise])
    assert judge(window) is TaskVerdict.PROGRESSING


@pytest.mark.parametrize(("seconds", "span"), [(60, 3000), (300, 6900)], ids=["1 min", "5 min"])
def test_a_window_spans_an_hour_or_two_at_any_interval(seconds: int, span: int) -> None:
    stored = Kept()
    for number in range(500):
        stored = extended(stored, Sample(at=number * seconds, latency=number, moved=1))
    kept = window_of(stored)
    assert [one.latency for one in kept] == [one.at // seconds for one in kept]
    assert len(kept) == LONGEST
    assert kept[-1].at == 499 * seconds
    assert kept[-1].at - kept[0].at >= span


def test_thinning_forgets_no_movement() -> None:
    rows = extended(Kept(), Sample(at=0, moved=0))
    for at, moved in [(60, 0), (120, 1), (150, 0)]:
        rows = extended(rows, Sample(at=at, moved=moved))
    assert [(one.at, one.moved) for one in window_of(rows)] == [(0, 0), (150, 1)]
