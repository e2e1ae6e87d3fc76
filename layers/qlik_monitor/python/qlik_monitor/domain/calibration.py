"""Calibration: whether a confidence of 0.8 means that eight in ten helped.

Everything is computed from pairs of a stated confidence (0 to 1) and whether what it was stated of
helped. Nothing is known of no pairs: then figures are None, never zero.
"""

import math
from collections.abc import Sequence

from qlik_monitor.domain.model import Frozen

type Pair = tuple[float, bool]
"""A confidence from 0 to 1, and whether it helped."""

BINS = 10


class Bin(Frozen):
    """The pairs whose confidence lies above `low` and not above `high`."""

    low: float
    high: float
    count: int
    mean_confidence: float | None
    """None in an empty bin."""
    helped_share: float | None
    """What the mean confidence should be equal to; None in an empty bin."""


class Calibration(Frozen):
    """How far confidences can be believed."""

    count: int
    mean_confidence: float | None
    helped_share: float | None
    brier: float | None
    ece: float | None
    bins: tuple[Bin, ...]


def calibration_of(pairs: Sequence[Pair], bins: int = BINS) -> Calibration:
    """Compute every figure; raises ValueError for a confidence outside 0 to 1, or no bins."""
    table = reliability(pairs, bins)
    return Calibration(
        count=len(pairs),
        mean_confidence=_mean([confidence for confidence, _ in pairs]),
        helped_share=_mean([float(helped) for _, helped in pairs]),
        brier=brier_score(pairs),
        ece=_weighted_gap(table),
        bins=table,
    )


def brier_score(pairs: Sequence[Pair]) -> float | None:
    """Return the mean of (confidence - outcome)², where an outcome that helped is 1, else 0.

    0 is best, 1 worst; who always says 0.5 gets 0.25. For two outcomes this is half of the sum over
    both classes in Brier, "Verification of forecasts expressed in terms of probability" (1950).
    """
    _check(pairs)
    return _mean([(confidence - float(helped)) ** 2 for confidence, helped in pairs])


def reliability(pairs: Sequence[Pair], bins: int = BINS) -> tuple[Bin, ...]:
    """Sort pairs into bins of equal width, empty ones included; a bin holds its upper bound."""
    if bins < 1:
        raise ValueError(f"bins {bins}: expected at least 1")
    _check(pairs)
    sorted_in: list[list[Pair]] = [[] for _ in range(bins)]
    for pair in pairs:
        sorted_in[_index(pair[0], bins)].append(pair)
    return tuple(_bin(number, bins, held) for number, held in enumerate(sorted_in))


def _index(confidence: float, bins: int) -> int:
    # Rounded first: 0.07 times 100 is a little more than 7, and would be put one bin too high.
    return max(0, math.ceil(round(confidence * bins, 9)) - 1)


def _bin(number: int, bins: int, held: list[Pair]) -> Bin:
    return Bin(
        low=number / bins,
        high=(number + 1) / bins,
        count=len(held),
        mean_confidence=_mean([confidence for confidence, _ in held]),
        helped_share=_mean([float(helped) for _, helped in held]),
    )


def _weighted_gap(table: tuple[Bin, ...]) -> float | None:
    """Return the sum over bins of (count / all) · |helped share - mean confidence|.

    0 is best. The bins are of equal width, as in Naeini, Cooper and Hauskrecht, "Obtaining well
    calibrated probabilities using Bayesian binning" (2015), and Guo et al., "On calibration of
    modern neural networks" (2017). With few pairs it is biased upwards: read it beside the counts.
    """
    total = sum(one.count for one in table)
    if not total:
        return None
    gaps = (
        one.count * abs(one.helped_share - one.mean_confidence)
        for one in table
        if one.helped_share is not None and one.mean_confidence is not None
    )
    return math.fsum(gaps) / total


def _check(pairs: Sequence[Pair]) -> None:
    for confidence, _ in pairs:
        if not 0 <= confidence <= 1:
            raise ValueError(f"confidence {confidence}: expected a number from 0 to 1")


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
