"""Profiles: what kinds of tasks a fleet is made of."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from benchmarks.fleet_simulator.profile import Batch, Profile
from benchmarks.fleet_simulator.span import Span
from benchmarks.fleet_simulator.timeline import DAY, HOUR, MINUTE, is_sunday


def steady(randomness: Random, _span: Span) -> Profile:
    """Changes all the time, with noise."""
    rate = randomness.choice((60.0, 120.0, 250.0, 600.0)) * randomness.uniform(0.7, 1.3)
    capacity = rate * randomness.uniform(3.0, 7.0)
    return Profile(rate=rate, capacity=capacity, noise=randomness.uniform(0.05, 0.3))


def daily_cycle(randomness: Random, span: Span) -> Profile:
    """Busy by day, slow at night."""
    swing, hour = randomness.uniform(0.5, 0.9), randomness.uniform(10, 16)
    return replace(steady(randomness, span), daily_swing=swing, busiest_hour=hour)


def quiet_weekend(randomness: Random, span: Span) -> Profile:
    """Works from Monday to Friday, and hardly or not at all on weekends."""
    left = randomness.choice((0.0, 0.0, 0.02))
    return replace(daily_cycle(randomness, span), weekend=left)


def idle(_randomness: Random, _span: Span) -> Profile:
    """No change for days."""
    return Profile()


def heartbeat_only(randomness: Random, _span: Span) -> Profile:
    """Nothing but a heartbeat record every few minutes."""
    every = randomness.choice((60.0, 300.0, 900.0))
    return Profile(rate=1 / every, every=every, noise=0.0)


def low_volume(randomness: Random, _span: Span) -> Profile:
    """Moves once an hour."""
    return Profile(rate=randomness.uniform(0.01, 2.0), every=HOUR, capacity=400.0)


def nightly_batch(randomness: Random, span: Span) -> Profile:
    """Falls behind by more than ten minutes every night, at the same hour, and catches up."""
    begins = randomness.uniform(0.5, 4.0) * HOUR
    return _with_batches(randomness, span, begins, lambda _day: True)


def weekly_batch(randomness: Random, span: Span) -> Profile:
    """The same, on Sundays only."""
    begins = randomness.uniform(2.0, 20.0) * HOUR
    return _with_batches(randomness, span, begins, is_sunday)


def _with_batches(
    randomness: Random, span: Span, begins: float, falls_on: Callable[[int], bool]
) -> Profile:
    lasts = randomness.uniform(20, 55) * MINUTE
    behind = randomness.uniform(800, max(900, min(2200, 0.8 * lasts)))
    profile = replace(steady(randomness, span), noise=0.1)
    capacity = profile.rate * randomness.uniform(5.0, 9.0)
    rate = capacity * (1 + behind / lasts) - profile.rate
    batches = []
    for day in span.days:
        if falls_on(day):
            began = day * DAY + begins + randomness.gauss(0, 2 * MINUTE)
            lasted = lasts * randomness.gauss(1.0, 0.04)
            batches.append(Batch(began, began + lasted, rate * randomness.gauss(1.0, 0.02)))
    return replace(profile, capacity=capacity, batches=tuple(batches))


def source_burst(randomness: Random, span: Span) -> Profile:
    """The source bursts at random; the lag stays short, and passes ten minutes one time in four.

    When it does, it is for some minutes only, while the backlog shrinks already.
    """
    profile = steady(randomness, span)
    bursts = []
    for began in span.times(randomness, 0.8 * DAY):
        above = randomness.random() < 0.25
        peak = randomness.uniform(640, 740) if above else randomness.uniform(120, 500)
        lasts = peak * randomness.uniform(0.8, 1.5)
        rate = profile.capacity * (1 + peak / lasts) - profile.rate
        bursts.append(Batch(began, began + lasts, rate))
    return replace(profile, noise=0.1, batches=tuple(bursts))


def batch_apply(randomness: Random, span: Span) -> Profile:
    """Applies in batches, so that something always waits."""
    return replace(steady(randomness, span), apply_every=randomness.uniform(20, 45))


def clock_skew(randomness: Random, span: Span) -> Profile:
    """The clocks of the source and of Replicate differ."""
    skew = randomness.choice((-3, -8, 20, 35, 50))
    return replace(steady(randomness, span), clock_skew=skew, skew_reads_none=skew == -8)


def missing_fields(randomness: Random, span: Span) -> Profile:
    """A release that does not send every field."""
    fields = frozenset({"ddls", "transactions", "on_disk", "queued", "disk", "cpu"})
    missing = frozenset(field for field in sorted(fields) if randomness.random() < 0.7)
    return replace(steady(randomness, span), missing=missing)


def constant_data_errors(randomness: Random, span: Span) -> Profile:
    """Some rows were refused long ago, and nobody has reset the count."""
    return replace(steady(randomness, span), data_errors=randomness.randrange(1, 5000))


def loading(randomness: Random, span: Span) -> Profile:
    """Loads tables for hours at times."""
    return replace(
        steady(randomness, span),
        tables=randomness.randrange(8, 60),
        loads_records=randomness.randrange(5_000_000, 90_000_000),
        load_seconds=randomness.uniform(2, 6) * HOUR,
        latency_while_loading=randomness.random() < 0.5,
    )


def ended(randomness: Random, _span: Span) -> Profile:
    """Has done what it was made for."""
    return Profile(loads_records=randomness.randrange(1_000_000), tables=20)


def slow_start(randomness: Random, span: Span) -> Profile:
    """Shows no process on the first reading after a start."""
    return replace(steady(randomness, span), slow_start=True)


def created_later(randomness: Random, span: Span) -> Profile:
    """Is made, or deleted, in the scored days."""
    at = span.warm_up + span.scored * randomness.uniform(0.2, 0.8)
    if randomness.random() < 0.5:
        return replace(steady(randomness, span), exists_from=at)
    return replace(steady(randomness, span), exists_until=at)
