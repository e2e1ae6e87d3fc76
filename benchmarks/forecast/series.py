"""Simulated latencies of a task: drifts that breach the threshold, and days without one.

A series has a latent latency, free of noise, and the readings of it: whole seconds, with noise that
is correlated from poll to poll, single-poll spikes, and lost polls. The truth is about the latent
latency: a breach is its first crossing of the threshold.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

THRESHOLD = 600.0
"""Seconds: the default of LAG_THRESHOLD_SECONDS."""
DAY = 1440
QUIET = 120
"""Minutes of a drifting task before its drift begins."""
POLLS = (5, 1)
"""Minutes between two polls."""

type Latent = Callable[[float], float]
"""Latency in seconds at a minute."""


@dataclass(frozen=True, slots=True)
class Series:
    """One simulated task; times in seconds, latency in seconds."""

    kind: str
    poll: int
    samples: list[tuple[float, float]]
    drifts_from: float | None = None
    breaches_at: float | None = None


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What stands between the latent latency and a reading."""

    noise: float
    share: float = 0.0
    """Noise in proportion to the latency, on top of `noise` seconds."""
    memory: float = 5.0
    """Minutes in which the noise forgets to 1/e."""
    spikes: float = 0.002
    lost: float = 0.01


def readings(
    latent: Latent, until: float, poll: int, how: Disturbance, rng: Random
) -> list[tuple[float, float]]:
    """Poll a latent latency from minute 0 on."""
    keep = math.exp(-poll / how.memory)
    fresh = math.sqrt(1 - keep * keep)
    state = rng.gauss(0, 1)
    samples = []
    for number in range(int(until / poll) + 1):
        minute = number * poll
        state = keep * state + fresh * rng.gauss(0, 1)
        if rng.random() < how.lost:
            continue
        truth = latent(minute)
        value = truth + state * (how.noise + how.share * truth)
        if rng.random() < how.spikes:
            value += rng.uniform(60, 1500)
        samples.append((minute * 60.0, float(max(0, round(value)))))
    return samples


# ---- drifts


def _line(_rng: Random) -> Latent:
    return lambda part: part


def _accelerating(rng: Random) -> Latent:
    power = rng.uniform(1.4, 2.5)
    return lambda part: part**power


def _decelerating(rng: Random) -> Latent:
    # Rises towards a ceiling between 1.15 and 2 thresholds.
    ceiling = rng.uniform(1.15, 2.0)
    rate = -math.log(1 - 1 / ceiling)
    return lambda part: ceiling * (1 - math.exp(-rate * part))


def _stairs(rng: Random) -> Latent:
    # Jumps of similar size at irregular times.
    steps = rng.randrange(5, 13)
    at = [*sorted(rng.random() for _ in range(steps - 1)), 1.0]
    heights = [rng.uniform(0.5, 1.5) for _ in at]
    total = sum(heights)
    sums = [0.0]
    for height in heights:
        sums.append(sums[-1] + height / total)
    return lambda part: sums[bisect_right(at, part)]


def _wandering(rng: Random) -> Latent:
    # The rate of rise itself changes, as the load does.
    marks = [0.0]
    rate = 1.0
    for _ in range(40):
        rate = max(0.2, min(3.0, rate * math.exp(rng.gauss(0, 0.2))))
        marks.append(marks[-1] + rate)
    top = marks[30]

    def latent(part: float) -> float:
        place = min(part * 30, 39.999)
        low = int(place)
        return (marks[low] + (marks[low + 1] - marks[low]) * (place - low)) / top

    return latent


def _calm(rng: Random) -> Disturbance:
    return Disturbance(
        noise=rng.uniform(2, 15), share=rng.uniform(0, 0.04), memory=rng.uniform(1, 10)
    )


def _noisy(rng: Random) -> Disturbance:
    return Disturbance(
        noise=rng.uniform(15, 40), share=rng.uniform(0, 0.06), memory=rng.uniform(1, 10)
    )


def _spiky(rng: Random) -> Disturbance:
    return Disturbance(noise=rng.uniform(2, 15), spikes=rng.uniform(0.03, 0.08))


def _lossy(rng: Random) -> Disturbance:
    return Disturbance(noise=rng.uniform(2, 15), lost=rng.uniform(0.2, 0.45))


DRIFTS: dict[str, tuple[Callable[[Random], Latent], Callable[[Random], Disturbance], bool]] = {
    "linear": (_line, _calm, False),
    "accelerating": (_accelerating, _calm, False),
    "decelerating": (_decelerating, _calm, False),
    "stairs": (_stairs, _calm, False),
    "wandering": (_wandering, _calm, False),
    "noisy": (_line, _noisy, False),
    "spiky": (_line, _spiky, False),
    "polls lost": (_line, _lossy, False),
    "on a daily cycle": (_line, _calm, True),
}
"""Kind: the shape of the rise, the disturbance, and whether a daily cycle lies below it."""


def a_drift(kind: str, poll: int, rng: Random) -> Series:
    """Make a task that is quiet for two hours and then drifts over the threshold."""
    shape_of, disturbance_of, cycles = DRIFTS[kind]
    base = rng.uniform(3, 80)
    lasts = math.exp(rng.uniform(math.log(30), math.log(360)))
    shape = shape_of(rng)
    swing = rng.uniform(20, 100) if cycles else 0.0
    phase = rng.uniform(0, DAY)

    def latent(minute: float) -> float:
        risen = (THRESHOLD - base) * shape((minute - QUIET) / lasts) if minute > QUIET else 0.0
        return base + risen + swing * (1 + math.sin(2 * math.pi * (minute - phase) / DAY))

    breach = next(
        tick / 10 for tick in range(QUIET * 10, 20 * DAY) if latent(tick / 10) >= THRESHOLD - 1e-6
    )
    samples = readings(latent, breach, poll, disturbance_of(rng), rng)
    return Series(kind, poll, samples, QUIET * 60.0, breach * 60.0)


def drifts(seed: int, of_each: int) -> Iterator[Series]:
    """Make the same number of drifts of every kind and poll."""
    for kind in DRIFTS:
        for poll in POLLS:
            for number in range(of_each):
                yield a_drift(kind, poll, Random(f"{seed} {kind} {poll} {number}"))


# ---- healthy days


def _pulses(rng: Random, count: int, pulse: Callable[[Random], Latent]) -> Latent:
    """Let something happen at `count` random times of the day; a pulse begins at its minute 0."""
    parts = [(rng.uniform(0, DAY), pulse(rng)) for _ in range(count)]
    base = rng.uniform(2, 60)

    def latent(minute: float) -> float:
        return base + max((part(minute - at) for at, part in parts if minute >= at), default=0.0)

    return latent


def _level(rng: Random) -> Latent:
    base = rng.uniform(1, 250)
    return lambda _minute: base


def _daily_cycle(rng: Random) -> Latent:
    low, high, phase = rng.uniform(2, 60), rng.uniform(80, 420), rng.uniform(0, DAY)
    sharp = rng.uniform(0.7, 3)

    def latent(minute: float) -> float:
        wave = (1 + math.sin(2 * math.pi * (minute - phase) / DAY)) / 2
        return low + (high - low) * math.pow(wave, sharp)

    return latent


def _batch(rng: Random, lowest: float = 60, highest: float = 240) -> Latent:
    # Falls behind steadily for up to two hours, and catches up.
    rise, fall, peak = rng.uniform(20, 120), rng.uniform(10, 90), rng.uniform(lowest, highest)

    def latent(minute: float) -> float:
        if minute < rise:
            return peak * minute / rise
        return max(0.0, peak * (1 - (minute - rise) / fall))

    return latent


def _batches(rng: Random) -> Latent:
    return _pulses(rng, rng.randrange(1, 5), _batch)


def _near_misses(rng: Random) -> Latent:
    return _pulses(rng, rng.randrange(1, 4), lambda rng: _batch(rng, 300, 520))


def _burst(rng: Random) -> Latent:
    peak, decay = rng.uniform(50, 500), rng.uniform(3, 25)
    return lambda minute: peak * math.exp(-minute / decay)


def _bursts(rng: Random) -> Latent:
    return _pulses(rng, rng.randrange(2, 15), _burst)


def _transaction(rng: Random) -> Latent:
    # While it is applied, nothing newer is: latency climbs by up to a second a second, and drops.
    rate, peak = rng.uniform(25, 60), rng.uniform(80, 500)
    return lambda minute: rate * minute if rate * minute < peak else 0.0


def _transactions(rng: Random) -> Latent:
    return _pulses(rng, rng.randrange(1, 9), _transaction)


def _drain(rng: Random) -> Latent:
    # What a restart leaves: a large latency that falls, held up for a while now and then.
    start, lasts = rng.uniform(300, 590), rng.uniform(30, 400)
    holds = sorted(rng.uniform(0, lasts) for _ in range(3))

    def latent(minute: float) -> float:
        held = sum(min(15.0, max(0.0, minute - at)) for at in holds)
        return max(0.0, start * (1 - (minute - held) / lasts))

    return latent


def _drains(rng: Random) -> Latent:
    return _pulses(rng, rng.randrange(1, 3), _drain)


def _step(rng: Random) -> Latent:
    height, lasts = rng.uniform(60, 400), rng.uniform(30, 500)
    return lambda minute: height if minute < lasts else 0.0


def _steps(rng: Random) -> Latent:
    return _pulses(rng, 1, _step)


NEAR_MISSES = "near misses"
"""Rises like a drift's up to 95 % of the threshold: a warning is no error there, so they are
counted apart."""
HEALTHY: dict[str, tuple[Callable[[Random], Latent], Callable[[Random], Disturbance]]] = {
    "noise": (_level, _noisy),
    "daily cycle": (_daily_cycle, _calm),
    "noisy daily cycle": (_daily_cycle, _noisy),
    "batch windows": (_batches, _calm),
    "bursts": (_bursts, _calm),
    "large transactions": (_transactions, _calm),
    "drains": (_drains, _calm),
    "spikes": (_level, _spiky),
    "steps": (_steps, _calm),
    "cycle, polls lost": (_daily_cycle, _lossy),
    NEAR_MISSES: (_near_misses, _calm),
}
"""Kind: the latent day, which stays below the threshold, and the disturbance."""


def a_day(kind: str, poll: int, rng: Random) -> Series:
    """Make a day of a healthy task: whatever rises falls again by itself."""
    latent_of, disturbance_of = HEALTHY[kind]
    return Series(kind, poll, readings(latent_of(rng), DAY, poll, disturbance_of(rng), rng))


def days(seed: int, count: int) -> Iterator[Series]:
    """Make healthy days: of every kind as many; one day of ten is polled each minute."""
    kinds = list(HEALTHY)
    for number in range(count):
        kind, poll = kinds[number % len(kinds)], POLLS[number // len(kinds) % 10 == 0]
        yield a_day(kind, poll, Random(f"{seed} healthy {number}"))
