"""The scoring rules of the Numenta Anomaly Benchmark (Lavin and Ahmad, 2015, arXiv:1510.03336).

A folder holds `data/<group>/<file>.csv` (columns timestamp, value) and
`labels/combined_windows.json` (file to list of first and last timestamp of each anomaly window).
A window is worth most when it is detected early, an alarm outside costs more the farther it is
from the last window. The first 15 % of a file (at most 750 points) count for nothing. One
threshold serves all files: the best one, as NAB has it.
"""

import csv
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PROBATION_SHARE, PROBATION_POINTS = 0.15, 750
LABELS = "labels/combined_windows.json"
LAYOUT = f"data/<group>/<file>.csv and {LABELS}"


class CorpusMissing(Exception):
    """The folder is not a benchmark's."""


class Profile(NamedTuple):
    """What an alarm outside every window and a missed window cost; a detected one earns 1."""

    name: str
    false_alarm: float
    missed: float


PROFILES = (
    Profile("standard", 0.11, 1),
    Profile("low FP", 0.22, 1),
    Profile("low FN", 0.11, 2),
)


class Series(NamedTuple):
    """One file; a window holds the indices of its first and last point."""

    name: str
    timestamps: list[str]
    values: list[float]
    windows: list[tuple[int, int]]

    @property
    def group(self) -> str:
        """The file's folder."""
        return self.name.split("/", maxsplit=1)[0]

    @property
    def probation(self) -> int:
        """How many points at the beginning do not count."""
        return min(math.floor(PROBATION_SHARE * len(self.values)), PROBATION_POINTS)


class Point(NamedTuple):
    """One scored point: its place's worth from -1 to 1, and the window it lies in."""

    score: float
    worth: float
    window: tuple[str, int] | None


def read_corpus(folder: Path) -> list[Series]:
    """Read all labelled files.

    Raises:
        CorpusMissing: a file is not where the layout has it.
    """
    labels = folder / LABELS
    if not labels.is_file():
        raise CorpusMissing(f"{labels} does not exist. The folder must hold {LAYOUT}.")
    return [
        _read(folder, name, spans) for name, spans in sorted(json.loads(labels.read_text()).items())
    ]


def _read(folder: Path, name: str, spans: list[list[str]]) -> Series:
    path = folder / "data" / name
    if not path.is_file():
        raise CorpusMissing(f"{path} is labelled but missing. The folder must hold {LAYOUT}.")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    timestamps = [row["timestamp"] for row in rows]
    # Where a clock went back, a timestamp means its first point, as in NAB.
    place = {timestamp: index for index, timestamp in reversed(list(enumerate(timestamps)))}
    windows = [(place[first.split(".")[0]], place[last.split(".")[0]]) for first, last in spans]
    return Series(name, timestamps, [float(row["value"]) for row in rows], windows)


def worth_at(distance: float) -> float:
    """NAB's scaled sigmoid: -1 is a window's beginning (nearly 1), 0 its end, 3 and more is -1."""
    return -1.0 if distance > 3 else 2 / (1 + math.exp(5 * distance)) - 1


def points_of(series: Series, scores: Sequence[float]) -> Iterator[Point]:
    """Pair the scores with the worth of their places, without the probation."""
    ended: tuple[int, int] | None = None
    windows = list(enumerate(series.windows))
    for index in range(len(series.values)):
        while windows and windows[0][1][1] < index:
            ended = windows.pop(0)[1]
        if index < series.probation:
            continue
        if windows and windows[0][1][0] <= index:
            number, (first, last) = windows[0]
            early = worth_at(-(last - index + 1) / (last - first + 1)) / worth_at(-1)
            yield Point(scores[index], early, (series.name, number))
        else:
            late = -1.0 if ended is None else worth_at((index - ended[1]) / (ended[1] - ended[0]))
            yield Point(scores[index], late, None)


def total_at(points: Sequence[Point], threshold: float, profile: Profile) -> float:
    """Add up: the earliest detection of each window, all false alarms, all missed windows."""
    best: dict[tuple[str, int], float] = {p.window: -profile.missed for p in points if p.window}
    total = 0.0
    for point in points:
        if point.score < threshold:
            continue
        if point.window is None:
            total += profile.false_alarm * point.worth
        else:
            best[point.window] = max(best[point.window], point.worth)
    return total + sum(best.values())


def best_threshold(points: Sequence[Point], profile: Profile) -> float:
    """Find the threshold with the highest total; infinity means to raise no alarm at all."""
    best = {point.window: -profile.missed for point in points if point.window}
    total = highest = sum(best.values())
    threshold, current = math.inf, math.inf
    for score, worth, window in sorted(points, key=lambda point: -point.score):
        if score != current and total > highest:
            highest, threshold = total, current
        current = score
        if window is None:
            total += profile.false_alarm * worth
        elif worth > best[window]:
            total += worth - best[window]
            best[window] = worth
    return current if total > highest else threshold


def normalised(total: float, windows: int, profile: Profile) -> float:
    """Put a total on NAB's scale: 0 is a detector without alarms, 100 a perfect one."""
    return 100 * (total + windows * profile.missed) / (windows * (1 + profile.missed))


def score(
    corpus: Sequence[Series],
    scores: Mapping[str, Sequence[float]],
    profile: Profile,
    threshold: float | None = None,
) -> float:
    """Score a detector on files that have windows, at the best threshold unless one is given."""
    points = [point for series in corpus for point in points_of(series, scores[series.name])]
    chosen = best_threshold(points, profile) if threshold is None else threshold
    windows = sum(len(series.windows) for series in corpus)
    return normalised(total_at(points, chosen, profile), windows, profile)
