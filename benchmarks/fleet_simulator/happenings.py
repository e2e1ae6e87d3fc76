"""What befalls healthy tasks and is no illness: stops, spikes, bursts, large transactions."""

from collections.abc import Callable
from random import Random

from benchmarks.fleet_simulator import messages
from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.span import Span
from benchmarks.fleet_simulator.symptoms import Event, Symptoms
from benchmarks.fleet_simulator.timeline import DAY, HOUR, MINUTE
from qlik_monitor.domain.task import StopReason, TaskState

type Happenings = Callable[[Random, Span, Profile], list[Event]]

STOPPED = Symptoms(TaskState.STOPPED, StopReason.NORMAL)


def none(_randomness: Random, _span: Span, _profile: Profile) -> list[Event]:
    """Nothing ever happens."""
    return []


def _recurring(
    kind: str, every: float, lasts: tuple[float, float], make: Callable[[Random], Symptoms]
) -> Happenings:
    def happen(randomness: Random, span: Span, _profile: Profile) -> list[Event]:
        events = []
        for began in span.times(randomness, every):
            ended = began + randomness.uniform(*lasts)
            events.append(Event(kind, began, ended, ((0.0, make(randomness)),)))
        return events

    return happen


def large_transactions(randomness: Random, span: Span, _profile: Profile) -> list[Event]:
    """One transaction is applied for 10 to 40 minutes; what came meanwhile waits behind it."""
    symptoms = Symptoms(transaction="grows")
    return [
        Event("large_transaction", at, at + randomness.uniform(10, 40) * MINUTE, ((0, symptoms),))
        for at in span.times(randomness, 1.5 * DAY)
    ]


planned_stops = _recurring("planned_stop", 2.5 * DAY, (1 * HOUR, 6 * HOUR), lambda _random: STOPPED)
quick_restarts = _recurring("quick_restart", 1.0 * DAY, (30.0, 6 * MINUTE), lambda _random: STOPPED)
short_recoveries = _recurring(
    "short_recovery",
    1.2 * DAY,
    (2 * MINUTE, 18 * MINUTE),
    lambda random: Symptoms(
        TaskState.RECOVERY,
        StopReason.RECOVERABLE_ERROR,
        messages.one_of(messages.RECOVERABLE, random),
    ),
)


def _seen_by(span: Span, kind: str, at: float, polls: int, symptoms: Symptoms) -> Event:
    """Last exactly as long as so many polls see it, however late they come."""
    first = at // span.interval * span.interval - 1
    return Event(kind, first, first + (polls - 0.45) * span.interval, ((0.0, symptoms),))


def spikes(randomness: Random, span: Span, _profile: Profile) -> list[Event]:
    """A latency that is read once, or for up to three minutes, and was never true."""
    most = max(1, round(3 * MINUTE / span.interval))
    return [
        _seen_by(
            span,
            *("latency_spike", at, randomness.randint(1, most)),
            Symptoms(false_latency=randomness.randrange(620, 4000)),
        )
        for at in span.times(randomness, 0.7 * DAY)
    ]


def unread_once(randomness: Random, span: Span, _profile: Profile) -> list[Event]:
    """One poll fails to read the details."""
    symptoms = Symptoms(details_unread=True)
    times = span.times(randomness, 0.5 * DAY)
    return [_seen_by(span, "unread_once", at, 1, symptoms) for at in times]


def full_loads(randomness: Random, span: Span, profile: Profile) -> list[Event]:
    """Tables are loaded anew for hours, and the load moves on."""
    lasts, symptoms = profile.load_seconds * 1.4, Symptoms(loading=True)
    return [
        Event("full_load", at, at + lasts, ((0.0, symptoms),))
        for at in span.times(randomness, 3.5 * DAY)
    ]


def ended_for_good(*reasons: StopReason) -> Happenings:
    """Stopped by design before the first reading, and for all time."""

    def happen(randomness: Random, span: Span, _profile: Profile) -> list[Event]:
        symptoms = Symptoms(TaskState.STOPPED, randomness.choice(reasons))
        return [Event("ended", -1.0, span.end + DAY, ((0.0, symptoms),))]

    return happen
