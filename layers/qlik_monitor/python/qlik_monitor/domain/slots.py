"""Slots: a cap as so many places, each of which is taken once within a rolling window.

Racers take different places, so that they seldom meet; and as no place is taken twice within the
window, there are never more than the cap, however many ask at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

Slots = Mapping[int, datetime]
"""When each place was last taken."""


def free_slots(slots: Slots, cap: int, window: timedelta, now: datetime) -> tuple[int, ...]:
    """Return the places that may be taken now.

    After a cap was lowered, places beyond it may still be taken: then as many fewer are given out,
    from the top, so that those that see less of it cannot exceed the cap together.
    """
    busy = {slot for slot, taken in slots.items() if now - taken < window}
    bound = cap
    while bound > 0 and bound + sum(slot >= bound for slot in busy) > cap:
        bound -= 1
    return tuple(slot for slot in range(bound) if slot not in busy)
