"""How long a read may still take: one moment that every step of it shares."""

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the moment that lies `seconds` ahead."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Return the seconds until then, negative once it has passed."""
        return self.at - time.monotonic()

    def within(self, seconds: float) -> "Deadline":
        """Return the nearer of this moment and `seconds` from now."""
        return Deadline(min(self.at, time.monotonic() + seconds))
