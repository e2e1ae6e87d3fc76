"""Changes on their way: which moment of the source waits where.

Latency is not drawn but follows: it is the age of the oldest change that waits.
"""

from collections import deque

type Stretch = list[float]
"""Changes made from one moment until another: [from, until, records]."""


class Waiting:
    """Changes that wait, the oldest first."""

    __slots__ = ("records", "stretches")

    def __init__(self) -> None:
        self.stretches: deque[Stretch] = deque()
        self.records = 0.0

    def put(self, stretch: Stretch) -> None:
        """Add the newest changes."""
        self.stretches.append(stretch)
        self.records += stretch[2]

    def take(self, most: float) -> list[Stretch]:
        """Remove the oldest changes, `most` records at most."""
        taken: list[Stretch] = []
        stretches = self.stretches
        while most > 0 and stretches:
            began, ended, records = stretches[0]
            if records <= most:
                taken.append(stretches.popleft())
            else:
                cut = began + (ended - began) * most / records
                taken.append([began, cut, most])
                stretches[0] = [cut, ended, records - most]
            most -= records
        # Sums of floats drift: an empty queue has exactly nothing in it.
        self.records = sum(stretch[2] for stretch in stretches) if stretches else 0.0
        return taken

    def oldest(self) -> float | None:
        """Say when the oldest waiting change was made."""
        return self.stretches[0][0] if self.stretches else None


class Pipeline:
    """Changes that no one has captured yet, and captured ones that are not applied yet."""

    __slots__ = ("at_source", "to_apply")

    def __init__(self) -> None:
        self.at_source = Waiting()
        self.to_apply = Waiting()

    def flow(self, stretch: Stretch, capture: float, apply: float) -> tuple[float, float]:
        """Let new changes come, capture and apply so many records; return how many each."""
        nothing_waits = not (self.at_source.stretches or self.to_apply.stretches)
        if nothing_waits and stretch[2] <= min(capture, apply):
            return stretch[2], stretch[2]
        if stretch[2]:
            self.at_source.put(stretch)
        captured = self.at_source.take(capture)
        for one in captured:
            self.to_apply.put(one)
        applied = self.to_apply.take(apply)
        return sum(one[2] for one in captured), sum(one[2] for one in applied)

    def oldest(self) -> float | None:
        """Say when the oldest change was made that is not applied."""
        # What waits to be applied was captured first, so it is older.
        return self.to_apply.oldest() if self.to_apply.stretches else self.at_source.oldest()
