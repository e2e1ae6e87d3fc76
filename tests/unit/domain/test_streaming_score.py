import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain import rarity
from qlik_monitor.domain.rarity import REMEMBERED, RarityHistory
from qlik_monitor.domain.streaming_score import StreamingScore

INTERVAL = 300
DAY = 86_400 // INTERVAL
EVENT = 2000
"""Index of the value where a made-up event begins."""


def scores(values: list[float], interval: float = INTERVAL) -> list[float]:
    state = StreamingScore()
    return [state.add(index * interval, value) for index, value in enumerate(values)]


def noise(count: int, seed: int) -> list[float]:
    randomness = random.Random(seed)
    return [randomness.gauss(100, 5) for _ in range(count)]


def alarms(values: list[float]) -> list[int]:
    return [index for index, score in enumerate(scores(values)) if score >= 0.5]


def days(count: int, seed: int, shape: Callable[[int], float]) -> list[float]:
    """Noise on a shape that repeats daily."""
    return [shape(index % DAY) + value for index, value in enumerate(noise(count * DAY, seed))]


def working_hours(time_of_day: int) -> float:
    return 200.0 if DAY // 3 < time_of_day < 2 * DAY // 3 else 0.0


series = st.lists(
    st.one_of(st.integers(-3, 3).map(float), st.floats(allow_nan=False)), max_size=300
)


@given(series, st.integers(0, 300))
def test_a_score_depends_on_nothing_later(values: list[float], length: int) -> None:
    assert scores(values[:length]) == scores(values)[:length]


@given(st.lists(st.tuples(st.floats(-1e12, 1e12), st.floats(allow_nan=False)), max_size=300))
def test_scores_lie_between_0_and_1_whatever_the_values_and_times(
    readings: list[tuple[float, float]],
) -> None:
    state = StreamingScore()
    assert all(0 <= state.add(seconds, value) <= 1 for seconds, value in readings)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e300, math.inf])
def test_a_constant_series_never_scores(value: float) -> None:
    assert not any(scores([value] * 3000))


def test_the_first_values_are_not_judged() -> None:
    assert not any(scores(noise(50, seed=1) + [1e9] * 10))


@pytest.mark.parametrize("seed", range(3))
def test_a_spike_scores_high_at_once(seed: int) -> None:
    values = noise(EVENT + 100, seed)
    values[EVENT] += 60
    assert scores(values)[EVENT] > 0.6


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("height", [30, -30])
def test_a_level_shift_is_heard_when_it_begins_and_then_no_more(seed: int, height: float) -> None:
    values = [
        value + (height if index >= EVENT else 0)
        for index, value in enumerate(noise(EVENT + 150, seed))
    ]
    found = [index - EVENT for index in alarms(values) if index >= EVENT]
    assert found in ([0], [0, 1])


def test_a_clearly_rarer_event_is_heard_within_the_echo_of_another() -> None:
    values = noise(EVENT + 100, seed=1)
    values[EVENT] += 35
    values[EVENT + 20] += 5000
    found = scores(values)
    assert found[EVENT + 20] > found[EVENT] >= 0.5


@pytest.mark.parametrize("seed", range(3))
def test_noise_that_turns_flat_is_noticed(seed: int) -> None:
    found = alarms(noise(EVENT, seed) + [100.0] * 60)
    assert [index for index in found if index >= EVENT + 10]


@pytest.mark.parametrize("seed", range(3))
def test_a_daily_cycle_is_no_anomaly_once_it_is_learnt(seed: int) -> None:
    found = alarms(days(10, seed, working_hours))
    assert [index for index in found if index >= 4 * DAY] == []


@pytest.mark.parametrize("seed", range(3))
def test_a_day_without_its_peak_is_noticed_although_nothing_moves(seed: int) -> None:
    values = days(8, seed, working_hours) + noise(DAY, seed + 100)
    found = [index for index in alarms(values) if index >= 8 * DAY]
    assert found
    assert found[0] - 8 * DAY == pytest.approx(DAY // 3, abs=12)


def test_times_may_be_irregular_repeat_and_go_back() -> None:
    randomness = random.Random(1)
    state = StreamingScore()
    times = [randomness.choice([0, 300, 300, 4000, -50]) for _ in range(EVENT)]
    for index, value in enumerate(noise(EVENT, seed=1)):
        state.add(sum(times[:index]), value)
    assert state.add(sum(times), 1000.0) > 0.6


@given(st.sampled_from([1e-6, 0.5, 4.0, 1024.0]), st.integers(0, 5))
def test_the_unit_of_the_values_does_not_matter(factor: float, seed: int) -> None:
    values = noise(400, seed)
    assert scores([factor * value for value in values]) == pytest.approx(scores(values), abs=1e-6)


@pytest.mark.parametrize(
    "draw", [random.Random(1).random, lambda: random.Random(2).paretovariate(1.2)]
)
def test_memory_is_bounded(draw: Callable[[], float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rarity, "REMEMBERED", 200)
    history = RarityHistory()
    for _ in range(1000):
        history.judge(draw())
    assert len(history.by_age) == len(history.by_size) == 200
    assert sorted(history.by_age) == list(history.by_size)


def test_rarity_is_the_share_of_numbers_as_far_out() -> None:
    history = RarityHistory()
    for number in range(999):
        history.remember(number)
    assert history.rarity(899) == pytest.approx(-math.log10(2 * 101 / 1000))
    assert history.rarity(99) == pytest.approx(-math.log10(2 * 101 / 1000))
    assert history.rarity(500) == pytest.approx(0, abs=0.01)


def test_beyond_the_known_a_pareto_tail_is_continued_with_its_own_exponent() -> None:
    """One in 10^4 is at 10^(4 / alpha) for a Pareto law with exponent alpha, on either side."""
    history = RarityHistory()
    for number in range(1, REMEMBERED + 1):
        size = (2 * number / REMEMBERED) ** (-1 / 1.5) if 2 * number < REMEMBERED else 0.0
        history.remember(size if number % 2 else -size)
    assert history.rarity(10 ** (4 / 1.5)) == pytest.approx(4, abs=0.5)
    assert history.rarity(-(10 ** (4 / 1.5))) == pytest.approx(4, abs=0.5)


def test_heavy_tails_need_larger_outliers_for_the_same_rarity() -> None:
    calm, wild = RarityHistory(), RarityHistory()
    randomness = random.Random(1)
    for _ in range(2000):
        calm.remember(randomness.gauss(0, 1))
        wild.remember(randomness.choice([-1, 1]) * randomness.paretovariate(1.2))
    assert calm.rarity(10) > 5 > wild.rarity(10)
