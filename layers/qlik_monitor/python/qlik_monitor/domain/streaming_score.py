"""A robust streaming anomaly score: one number at a time in, 0 (usual) to 1 (never seen) out."""

from dataclasses import dataclass, field

from qlik_monitor.domain.rarity import RarityHistory

JUMP_SPAN = 50
LEVEL_SPAN, USUAL_SPAN = 24, 400
"""Spans of exponential averages in points: alpha is 2 / (span + 1)."""
ECHO_DECAY = 0.998
"""What is left of an event after each point; only what is rarer than its echo scores."""
LARGEST = 1e100


def _step(span: int, seen: int) -> float:
    return max(2 / (span + 1), 1 / seen)


@dataclass(slots=True)
class StreamingScore:
    """All that is remembered of one series."""

    seen: int = 0
    recent: float = 0.0
    level: float = 0.0
    usual: float = 0.0
    echo: float = 0.0
    jumps: RarityHistory = field(default_factory=RarityHistory)
    shifts: RarityHistory = field(default_factory=RarityHistory)

    def add(self, seconds: float, value: float) -> float:
        """Score the next value of the series; `seconds` is its time since any fixed moment."""
        value = min(max(value, -LARGEST), LARGEST)
        if not self.seen:
            self.recent = self.level = self.usual = value
        self.seen += 1
        self.level += _step(LEVEL_SPAN, self.seen) * (value - self.level)
        rarity = self.jumps.judge(value - self.recent) + self.shifts.judge(self.level - self.usual)
        self.recent += _step(JUMP_SPAN, self.seen) * (value - self.recent)
        self.usual += _step(USUAL_SPAN, self.seen) * (value - self.usual)
        heard = rarity / 2 if rarity / 2 > self.echo else 0.0
        self.echo = max(self.echo * ECHO_DECAY, rarity / 2)
        return heard / (heard + 2)
