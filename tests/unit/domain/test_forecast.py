from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.forecast.scoring import Score, score_day, score_drift, windows
from benchmarks.forecast.series import DAY, HEALTHY, NEAR_MISSES, a_day, days, drifts
from qlik_monitor.domain.forecast import (
    Breach,
    Forecast,
    NoBreach,
    NotEnoughData,
    may_breach,
    time_to_breach,
    warns,
)
from qlik_monitor.domain.trend import FEWEST, Window

THRESHOLD = 600.0
NOON = 1_790_000_000.0


def polled(*latencies: float, minutes: float = 5) -> Window:
    """Readings, `minutes` apart."""
    return [(NOON + 60 * minutes * number, latency) for number, latency in enumerate(latencies)]


def a_rise(noise: float = 0, samples: int = 19, beginning: float = 50, rate: float = 20) -> Window:
    """Latency that rises by `rate` seconds a poll of five minutes."""
    randomness = Random(7)
    return polled(
        *(round(beginning + rate * n + randomness.gauss(0, noise)) for n in range(samples))
    )


def a_breach(forecast: Forecast) -> Breach:
    assert isinstance(forecast, Breach), forecast
    return forecast


def test_a_straight_rise_breaches_exactly_when_it_would() -> None:
    forecast = a_breach(time_to_breach(a_rise(), THRESHOLD))
    assert forecast.likely == pytest.approx((600 - 410) / 20 * 5)
    assert forecast.likely * 0.6 < forecast.earliest < forecast.likely
    assert forecast.likely < forecast.latest < forecast.likely * 1.6
    assert (forecast.samples, forecast.risen_minutes) == (19, 90)
    assert forecast.share == pytest.approx(410 / 600)


def test_noise_widens_the_interval_around_the_truth() -> None:
    exact = a_breach(time_to_breach(a_rise(), THRESHOLD))
    noisy = a_breach(time_to_breach(a_rise(noise=25), THRESHOLD))
    assert noisy.earliest < exact.likely < noisy.latest
    assert noisy.latest / noisy.earliest > exact.latest / exact.earliest
    assert noisy.certainty < exact.certainty


def test_a_rise_that_began_within_the_window_is_not_averaged_with_the_rest_before_it() -> None:
    window = polled(*[20] * 9, *(20 + 40 * n for n in range(1, 11)))
    forecast = a_breach(time_to_breach(window, THRESHOLD))
    assert forecast.likely == pytest.approx((600 - 420) / 40 * 5, rel=0.1)
    assert forecast.risen_minutes <= 55


def test_a_spike_changes_little() -> None:
    spiked = [*a_rise(noise=5)]
    spiked[9] = (spiked[9][0], 1900.0)
    plain = a_breach(time_to_breach(a_rise(noise=5), THRESHOLD))
    assert a_breach(time_to_breach(spiked, THRESHOLD)).likely == pytest.approx(
        plain.likely, rel=0.1
    )


def test_lost_polls_leave_the_rise_what_it_is() -> None:
    window = [sample for number, sample in enumerate(a_rise()) if number % 3 or number == 18]
    assert a_breach(time_to_breach(window, THRESHOLD)).likely == pytest.approx(47.5)


@pytest.mark.parametrize(
    "window",
    [[], polled(500), polled(*[100] * (FEWEST - 1)), polled(*range(0, 400, 20), minutes=1)[:19]],
    ids=["nothing", "one reading", "five readings", "many readings in 18 minutes"],
)
def test_few_or_short_readings_are_not_enough(window: Window) -> None:
    forecast = time_to_breach(window, THRESHOLD)
    assert isinstance(forecast, NotEnoughData)
    assert forecast.samples == len(window)


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (polled(*[300] * 19), NoBreach.NOT_RISING),
        (polled(*range(590, 210, -20)), NoBreach.NOT_RISING),
        (polled(*[300, 304, 297, 306, 299, 302] * 3), NoBreach.NOT_RISING),
        (polled(*[20] * 16, 400, 402, 401), NoBreach.STEP),
        (polled(*[20] * 18, 400), NoBreach.NOT_RISING),
        (polled(*range(300, 680, 20)), NoBreach.CROSSED),
        (polled(*(20 + n // 2 for n in range(19))), NoBreach.FAR),
    ],
    ids=["flat", "falling", "noise", "step", "spike in the newest", "crossed", "slow"],
)
def test_what_does_not_rise_to_the_threshold_is_no_breach(window: Window, reason: NoBreach) -> None:
    assert time_to_breach(window, THRESHOLD) is reason


def test_a_step_that_lies_back_is_forgotten() -> None:
    assert time_to_breach(polled(*[20] * 8, *[400, 405, 398] * 4), THRESHOLD) is NoBreach.NOT_RISING


def test_latency_that_rose_and_drains_does_not_breach() -> None:
    window = polled(*range(0, 500, 50), *range(500, 300, -25))
    assert time_to_breach(window, THRESHOLD) is NoBreach.NOT_RISING


def test_a_rise_that_bends_is_dated_by_its_newest_part() -> None:
    window = polled(*(30 * n for n in range(10)), *(270 + 10 * n for n in range(1, 11)))
    forecast = a_breach(time_to_breach(window, THRESHOLD))
    assert forecast.likely == pytest.approx((600 - 370) / 10 * 5, rel=0.1)


def test_what_is_older_than_the_window_does_not_count() -> None:
    old = [(at - 7200, 5000.0) for at, _ in a_rise()]
    assert time_to_breach([*old, *a_rise()], THRESHOLD) == time_to_breach(a_rise(), THRESHOLD)


@given(st.floats(0.1, 100))
def test_the_unit_of_latency_does_not_matter(factor: float) -> None:
    # With noise well above the whole seconds that latency comes in.
    forecast = a_breach(time_to_breach(a_rise(noise=25), THRESHOLD))
    scaled = [(at, latency * factor) for at, latency in a_rise(noise=25)]
    same = a_breach(time_to_breach(scaled, THRESHOLD * factor))
    assert (same.earliest, same.likely, same.latest) == pytest.approx(
        (forecast.earliest, forecast.likely, forecast.latest), rel=1e-6
    )


@given(st.floats(-1e9, 1e9))
def test_the_time_of_day_does_not_matter(later: float) -> None:
    moved = [(at + later, latency) for at, latency in a_rise(noise=10)]
    forecast, same = time_to_breach(a_rise(noise=10), THRESHOLD), time_to_breach(moved, THRESHOLD)
    assert a_breach(same).likely == pytest.approx(a_breach(forecast).likely, rel=1e-3)


any_number = st.floats(allow_nan=False, allow_infinity=False)
any_time = any_number | st.integers(0, 90).map(lambda minute: NOON + 60.0 * minute)
any_window = st.lists(st.tuples(any_time, any_number | st.integers(0, 700).map(float))) | st.lists(
    st.tuples(any_time, any_number | st.integers(0, 700).map(float)), min_size=6, max_size=40
).map(sorted)
rises = st.tuples(
    st.floats(0.01, 200),
    st.lists(st.tuples(st.floats(0.1, 20), st.floats(-60, 60)), min_size=6, max_size=40),
)


def is_ordered(forecast: Breach) -> bool:
    return 0 < forecast.earliest <= forecast.likely <= forecast.latest < 1e6


@given(any_window, any_number)
def test_no_window_makes_it_fail(window: Window, threshold: float) -> None:
    forecast = time_to_breach(window, threshold)
    assert not isinstance(forecast, Breach) or is_ordered(forecast)
    assert warns(forecast) in (True, False)
    assert may_breach(window, threshold) in (True, False)


@given(rises, st.floats(1, 1e5))
def test_the_interval_of_any_rise_is_ordered(
    rise: tuple[float, list[tuple[float, float]]], threshold: float
) -> None:
    rate, steps = rise
    minute, window = 0.0, []
    for passed, noise in steps:
        minute += passed
        window.append((NOON + 60 * minute, rate * minute + noise))
    forecast = time_to_breach(window, threshold)
    assert not isinstance(forecast, Breach) or is_ordered(forecast)


def test_a_clear_and_lasting_rise_to_a_breach_within_the_hour_warns() -> None:
    window = a_rise(noise=5, beginning=100)
    assert may_breach(window, THRESHOLD)
    assert warns(time_to_breach(window, THRESHOLD))


@pytest.mark.parametrize(
    "window",
    [
        a_rise(rate=5, beginning=300),
        a_rise(rate=25, beginning=10, samples=10),
        a_rise(samples=6, beginning=300),
        a_rise(noise=80),
        polled(*[300] * 19),
    ],
    ids=["far", "low", "short", "unclear", "flat"],
)
def test_what_is_far_low_short_or_unclear_does_not_warn(window: Window) -> None:
    assert not warns(time_to_breach(window, THRESHOLD))


def test_the_horizon_says_how_far_ahead_a_warning_looks() -> None:
    forecast = a_breach(time_to_breach(a_rise(noise=5), THRESHOLD))
    assert warns(forecast, horizon_minutes=forecast.latest)
    assert not warns(forecast, horizon_minutes=forecast.latest - 0.1)


@pytest.mark.parametrize(
    "window",
    [a_rise(samples=5, beginning=300), polled(*[20] * 19), polled(*range(590, 210, -20))],
    ids=["few readings", "low", "falling"],
)
def test_a_task_that_is_low_or_falls_is_not_worth_a_forecast(window: Window) -> None:
    assert not may_breach(window, THRESHOLD)


# ---- on simulated tasks, by the benchmark's own counting


def test_intervals_hold_most_simulated_breaches() -> None:
    total = Score()
    for series in drifts(seed=5, of_each=2):
        total.add(score_drift(series, [time_to_breach])[0])
    held = total.every
    assert len(held.widths) > 1000
    assert 0.70 <= 1 - (held.before + held.after) / len(held.widths) <= 0.95
    assert total.well_ahead >= 0.6 * total.breaches


def test_healthy_days_open_no_warning() -> None:
    kinds = [kind for kind in HEALTHY if kind != NEAR_MISSES]
    for number, kind in enumerate(kinds * 2):
        (score,) = score_day(a_day(kind, 5, Random(number)), [time_to_breach])
        assert score.false == 0, kind


def test_simulated_tasks_are_the_same_for_the_same_seed_and_tell_the_truth() -> None:
    for one, same in zip(drifts(seed=3, of_each=1), drifts(seed=3, of_each=1), strict=True):
        assert one == same
        assert one.drifts_from is not None
        assert one.breaches_at is not None
        assert one.drifts_from < one.breaches_at
        assert one.samples[-1][0] <= one.breaches_at
    assert all(series.breaches_at is None for series in days(seed=3, count=11))


@pytest.mark.parametrize("poll", [1, 5])
def test_simulated_windows_are_thinned(poll: int) -> None:
    for at, window in windows(a_day("noise", poll, Random(1))):
        assert window[-1][0] == at
        assert len(window) <= 30
        assert all(after[0] - before[0] >= 150 for before, after in pairwise(window[:-1]))
        assert at <= DAY * 60
