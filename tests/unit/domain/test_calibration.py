import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.calibration import (
    Pair,
    brier_score,
    calibration_of,
    reliability,
)

pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


@pytest.mark.parametrize(
    ("given_pairs", "expected"),
    [
        ([(1.0, True)], 0.0),
        ([(1.0, False)], 1.0),
        ([(0.5, True), (0.5, False)], 0.25),
        # (0.2² + 0.8² + 0.4²) / 3
        ([(0.8, True), (0.8, False), (0.6, True)], 0.28),
    ],
)
def test_the_brier_score_is_the_mean_squared_distance(
    given_pairs: list[Pair], expected: float
) -> None:
    assert brier_score(given_pairs) == pytest.approx(expected)


def test_the_calibration_error_weighs_each_bin_by_its_pairs() -> None:
    # (0.8, 0.9]: 4 of mean 0.9, of which 2 helped; (0.3, 0.4]: 1 of 0.4, which did not.
    given_pairs = [(0.9, True), (0.9, True), (0.9, False), (0.9, False), (0.4, False)]
    expected = 4 / 5 * abs(0.5 - 0.9) + 1 / 5 * abs(0.0 - 0.4)
    assert calibration_of(given_pairs).ece == pytest.approx(expected)


def test_within_a_bin_errors_of_both_directions_cancel_out() -> None:
    assert calibration_of([(0.55, True), (0.45, False)], bins=1).ece == pytest.approx(0)
    assert calibration_of([(0.55, True), (0.45, False)]).ece == pytest.approx(0.45)


def test_confidences_that_hold_have_no_error() -> None:
    held = [(0.75, True)] * 3 + [(0.75, False)] + [(0.25, False)] * 3 + [(0.25, True)]
    found = calibration_of(held)
    assert found.ece == pytest.approx(0)
    assert found.brier == pytest.approx(0.1875)
    assert (found.count, found.mean_confidence, found.helped_share) == (8, 0.5, 0.5)


@pytest.mark.parametrize(
    ("confidence", "bins", "expected"),
    [(0.0, 10, 0), (0.1, 10, 0), (0.100001, 10, 1), (0.3, 10, 2), (0.07, 100, 6), (1.0, 10, 9)],
)
def test_a_bin_holds_its_upper_bound(confidence: float, bins: int, expected: int) -> None:
    counts = [one.count for one in reliability([(confidence, True)], bins)]
    assert counts.index(1) == expected


def test_of_no_pairs_nothing_is_known() -> None:
    nothing = calibration_of([])
    assert (nothing.brier, nothing.ece, nothing.mean_confidence) == (None, None, None)
    assert len(nothing.bins) == 10
    assert {one.helped_share for one in nothing.bins} == {None}


@pytest.mark.parametrize("wrong", [-0.01, 1.01, math.nan, math.inf])
def test_a_confidence_out_of_range_is_refused_by_its_value(wrong: float) -> None:
    with pytest.raises(ValueError, match=rf"confidence {wrong}: expected a number from 0 to 1"):
        calibration_of([(0.5, True), (wrong, True)])


def test_no_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="bins 0: expected at least 1"):
        reliability([], 0)


@given(pairs, st.integers(1, 20))
def test_figures_lie_between_zero_and_one_and_no_pair_is_lost(
    given_pairs: list[Pair], bins: int
) -> None:
    found = calibration_of(given_pairs, bins)
    assert sum(one.count for one in found.bins) == len(given_pairs)
    for one in found.bins:
        assert one.mean_confidence is None or one.low - 1e-9 <= one.mean_confidence
        assert one.mean_confidence is None or one.mean_confidence <= one.high + 1e-9
    for figure in (found.brier, found.ece):
        assert figure is None or 0 <= figure <= 1
