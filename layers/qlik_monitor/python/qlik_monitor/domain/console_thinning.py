"""Long series thinned for the eye, so that no peak, no dip and no hole is lost.

Of each span of time four values are kept at most: the lowest, the highest, and the edges of its
longest hole. Between two that are kept there is a hole wherever one was.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from qlik_monitor.domain.history import WIDTHS

MOST_POINTS = 500
"""More than so many cannot be told apart on a screen."""
MOST_SPANS = 168
"""One an hour of a week, one each two hours of a fortnight."""

Series = Sequence[tuple[datetime, float | None]]
"""Values, oldest first; None is a hole."""


def merging(count: int, lasts: timedelta) -> timedelta | None:
    """Choose how long the spans are that so many values are merged into; None where they are few.

    `lasts` is how long the whole picture is.
    """
    if count <= MOST_POINTS:
        return None
    return next((width for width in WIDTHS if lasts <= width * MOST_SPANS), WIDTHS[-1])


def with_holes(series: Series, pause: timedelta) -> Series:
    """Put a hole between values that lie further apart than `pause`."""
    found: list[tuple[datetime, float | None]] = []
    for at, value in series:
        if found and at - found[-1][0] > pause:
            found.append((found[-1][0], None))
        found.append((at, value))
    return found


def thinned(series: Series, since: datetime, width: timedelta) -> Series:
    """Keep what tells the course of a series; spans of `width` are counted from `since`."""
    known = [(place, at, value) for place, (at, value) in enumerate(series) if value is not None]
    if not known:
        return ()
    spans: dict[int, list[int]] = {}
    widest: dict[int, tuple[timedelta, int]] = {}
    for number, (_, at, _) in enumerate(known):
        spans.setdefault((at - since) // width, []).append(number)
    for number, (earlier, later) in enumerate(pairwise(known)):
        if later[0] - earlier[0] > 1:
            span, hole = (earlier[1] - since) // width, (later[1] - earlier[1], number)
            widest[span] = max(hole, widest.get(span, hole))
    kept = {0, len(known) - 1}
    for numbers in spans.values():
        kept |= {min(numbers, key=lambda n: known[n][2]), max(numbers, key=lambda n: known[n][2])}
    for _, number in widest.values():
        kept |= {number, number + 1}
    return _joined(known, sorted(kept))


def _joined(known: Sequence[tuple[int, datetime, float]], kept: Sequence[int]) -> Series:
    found: list[tuple[datetime, float | None]] = []
    before: int | None = None
    for number in kept:
        place, at, value = known[number]
        # Without a hole between them, places and numbers are equally far apart.
        if before is not None and place - known[before][0] > number - before:
            found.append((at, None))
        found.append((at, value))
        before = number
    return found
