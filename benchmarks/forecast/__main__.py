"""`python -m benchmarks.forecast`: how well the forecast of a lag breach holds, against baselines.

Simulated tasks, whose truth is known: drifts of nine kinds that breach after half an hour to six
hours, and healthy days of ten kinds, at polls of five minutes and of one.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.forecast.baselines import first_to_last, holt, last_value, least_squares
from benchmarks.forecast.report import print_report
from benchmarks.forecast.scoring import Method, Score, score_day, score_drift
from benchmarks.forecast.series import DRIFTS, HEALTHY, NEAR_MISSES, POLLS, Series, days, drifts
from qlik_monitor.domain.forecast import time_to_breach

SEEDS = {"tuning": 1, "reported": 2028}
"""Every constant was chosen on the first; figures are told of the second."""
METHODS: dict[str, Method] = {
    "time_to_breach": time_to_breach,
    "last value": last_value,
    "first to last": first_to_last,
    "least squares": least_squares,
    "Holt": holt,
}
DRIFTS_OF_EACH = 30
DAYS_OF_EACH = 1500
COMPARED_DAYS = 100
"""Days of each kind that the baselines see too: their false warnings need no more."""


def main() -> None:
    """Simulate, judge and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument("--seeds", choices=SEEDS, default="reported")
    parser.add_argument("--drifts", type=int, default=DRIFTS_OF_EACH, help="of each kind and poll")
    parser.add_argument("--days", type=int, default=DAYS_OF_EACH, help="of each kind")
    parser.add_argument("--json", type=Path, help="write every figure to this file as well")
    chosen = parser.parse_args()
    began = time.process_time()
    totals, kinds = measure(SEEDS[chosen.seeds], chosen.drifts, chosen.days)
    print_report(totals, kinds)
    print(f"\n{chosen.seeds} seeds, {time.process_time() - began:.0f} s of CPU")
    if chosen.json:
        figures = {
            "seeds": chosen.seeds,
            "methods": {name: score.figures() for name, score in totals.items()},
            "kinds": {name: score.figures() for name, score in kinds.items()},
        }
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def measure(
    seed: int, drifts_of_each: int, days_of_each: int
) -> tuple[dict[str, Score], dict[str, Score]]:
    """Score all methods in total, and the product's by kind of series."""
    totals = {name: Score() for name in METHODS}
    kinds = {name: Score() for name in [*DRIFTS, *HEALTHY]}
    methods = list(METHODS.values())
    amount = drifts_of_each * len(DRIFTS) * len(POLLS)
    for series in _told("drifts", drifts(seed, drifts_of_each), amount):
        scores = score_drift(series, methods)
        kinds[series.kind].add(scores[0])
        for total, score in zip(totals.values(), scores, strict=True):
            total.add(score)
    amount = days_of_each * len(HEALTHY)
    for number, series in enumerate(_told("days", days(seed, amount), amount)):
        compared = number < COMPARED_DAYS * len(HEALTHY)
        scores = score_day(series, methods if compared else methods[:1])
        kinds[series.kind].add(scores[0])
        if series.kind != NEAR_MISSES:
            for total, score in zip(totals.values(), scores, strict=False):
                total.add(score)
    return totals, kinds


def _told(what: str, all_series: Iterable[Series], amount: int) -> Iterator[Series]:
    """Tell on stderr how far the simulation is."""
    for number, series in enumerate(all_series, 1):
        yield series
        if number % max(1, amount // 10) == 0:
            print(f"{number} of {amount} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
