"""Sums over many trials: recall, precision, delays, and false incidents by kind."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from benchmarks.detection.scoring import Match
from benchmarks.detection.trial import Trial


@dataclass(frozen=True, slots=True)
class KindTally:
    """How one kind of illness was found."""

    episodes: int
    detected: int
    carried: int
    delays: tuple[float, ...]
    extras: int
    extras_that_count: int

    @property
    def recall(self) -> float:
        """The share that was found."""
        return self.detected / self.episodes if self.episodes else 1.0

    @property
    def median_delay(self) -> float | None:
        """In polls after it was due; negative is early."""
        return median(self.delays) if self.delays else None

    @property
    def p90_delay(self) -> float | None:
        """The delay that one in ten exceeds."""
        if len(self.delays) < 2:
            return self.median_delay
        return quantiles(self.delays, n=10, method="inclusive")[8]


@dataclass(frozen=True, slots=True)
class Total:
    """What one detector came to over all trials."""

    illnesses: KindTally
    precision: float
    false: int
    healthy_days: float

    @property
    def false_per_1000_days(self) -> float:
        """False incidents per 1,000 healthy task-days."""
        return 1000 * self.false / self.healthy_days if self.healthy_days else 0.0


def tally(matches: Sequence[Match]) -> KindTally:
    """Sum up."""
    return KindTally(
        episodes=len(matches),
        detected=sum(match.detected for match in matches),
        carried=sum(match.carried for match in matches),
        delays=tuple(match.delay_polls for match in matches if match.delay_polls is not None),
        extras=sum(match.extras for match in matches),
        extras_that_count=sum(match.extras_that_count for match in matches),
    )


def total(trials: Iterable[Trial], detector: str) -> Total:
    """Sum a detector's trials up.

    Precision is the share of its incidents that called people for something new: the first for
    an illness, and not the extras that count, nor what answers to no illness.
    """
    trials = list(trials)
    matches = [match for trial in trials for match in trial.scores[detector].matches]
    false = sum(len(trial.scores[detector].false) for trial in trials)
    illnesses = tally(matches)
    useful = sum(len(match.predicted) for match in matches) - illnesses.extras_that_count
    answers = useful + illnesses.extras_that_count + false
    return Total(
        illnesses=illnesses,
        precision=useful / answers if answers else 1.0,
        false=false,
        healthy_days=sum(sum(trial.healthy_days.values()) for trial in trials),
    )


def by_illness(trials: Iterable[Trial], detector: str) -> dict[str, KindTally]:
    """Sum up by kind of illness."""
    matches: dict[str, list[Match]] = {}
    for trial in trials:
        for match in trial.scores[detector].matches:
            matches.setdefault(match.truth.kind, []).append(match)
    return {kind: tally(some) for kind, some in sorted(matches.items())}


def false_by_look_alike(trials: Iterable[Trial], detector: str) -> Counter[str]:
    """Count the false incidents by what the task is like while it is well."""
    return Counter(
        trial.look_alike_of(incident)
        for trial in trials
        for incident in trial.scores[detector].false
    )


def healthy_days(trials: Iterable[Trial]) -> dict[str, float]:
    """Sum the healthy task-days up, by what the tasks are like."""
    days: dict[str, float] = {}
    for trial in trials:
        for kind, some in trial.healthy_days.items():
            days[kind] = days.get(kind, 0.0) + some
    return days
