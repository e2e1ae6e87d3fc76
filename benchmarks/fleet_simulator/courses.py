"""How illnesses go: their symptoms one after the other, and how long they last."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.fleet_simulator import messages
from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.symptoms import WELL, Symptoms
from benchmarks.fleet_simulator.timeline import HOUR, MINUTE
from qlik_monitor.domain.task import StopReason, TaskState
from qlik_monitor.domain.thresholds import Thresholds

LAG_SECONDS = Thresholds().lag.total_seconds()

type Phases = tuple[tuple[float, Symptoms], ...]


@dataclass(frozen=True, slots=True)
class Course:
    """An illness's symptoms over time; it begins after `lead` and its cause ends at `until`."""

    phases: Phases
    until: float
    lead: float = 0.0
    lasts: float | None = None
    """When the last phase ends, if it goes on after the cause has ended."""


type MakesCourse = Callable[[Random, Profile], Course]


def constant(symptoms: Symptoms, shortest: float, longest: float) -> MakesCourse:
    """One symptom for so many minutes."""

    def make(randomness: Random, _profile: Profile) -> Course:
        lasts = randomness.uniform(shortest, longest) * MINUTE
        return Course(phases=((0.0, symptoms),), until=lasts)

    return make


def down(
    state: TaskState, reason: StopReason, texts: tuple[str, ...], shortest: float, longest: float
) -> MakesCourse:
    """Not running, with one of these last messages."""

    def make(randomness: Random, _profile: Profile) -> Course:
        symptoms = Symptoms(state, reason, messages.one_of(texts, randomness))
        return Course(((0.0, symptoms),), randomness.uniform(shortest, longest) * MINUTE)

    return make


def falling_behind(slowest: float, quickest: float) -> MakesCourse:
    """Applies a share of what the source changes, until well past the threshold."""

    def make(randomness: Random, _profile: Profile) -> Course:
        share = randomness.uniform(slowest, quickest)
        lasts = LAG_SECONDS / (1 - share) * 1.15 + randomness.uniform(70, 150) * MINUTE
        return Course(((0.0, Symptoms(apply_of_source=share)),), lasts)

    return make


def one_by_one(randomness: Random, profile: Profile) -> Course:
    """Changes are applied one by one: a few a second."""
    limit = min(randomness.uniform(2, 8), 0.1 * profile.rate)
    lasts = randomness.uniform(80, 150) * MINUTE
    return Course(((0.0, Symptoms(apply_limit=limit)),), lasts)


def sawtooth(randomness: Random, _profile: Profile) -> Course:
    """Falls behind, catches up a little, falls behind further."""
    phases, at = [], 0.0
    for _ in range(randomness.randrange(7, 11)):
        phases.append((at, Symptoms(apply_of_source=randomness.uniform(0.2, 0.4))))
        at += randomness.uniform(15, 20) * MINUTE
        phases.append((at, Symptoms(apply_of_source=randomness.uniform(1.3, 1.6))))
        at += randomness.uniform(8, 11) * MINUTE
    return Course(tuple(phases), at)


def stuck_full_load(randomness: Random, profile: Profile) -> Course:
    """A load moves on for a while, freezes, and after that comes to its end."""
    lead = profile.load_seconds * randomness.uniform(0.1, 0.5)
    lasts = randomness.uniform(70, 160) * MINUTE
    phases = (
        (0.0, Symptoms(loading=True)),
        (lead, Symptoms(loading=True, load=0.0)),
        (lead + lasts, Symptoms(loading=True)),
    )
    return Course(phases, lead + lasts, lead, lasts=lasts + profile.load_seconds * 1.4)


def stuck_transaction(randomness: Random, _profile: Profile) -> Course:
    """A large transaction grows, and then no more."""
    lead, lasts = randomness.uniform(6, 18) * MINUTE, randomness.uniform(70, 150) * MINUTE
    phases = ((0.0, Symptoms(transaction="grows")), (lead, Symptoms(transaction="frozen")))
    return Course(phases, lead + lasts, lead)


def recovery_then_error(randomness: Random, _profile: Profile) -> Course:
    """Retries by itself, and gives up."""
    text = messages.one_of(messages.CONNECTION, randomness)
    tries = randomness.uniform(8, 24) * MINUTE
    phases = (
        (0.0, Symptoms(TaskState.RECOVERY, StopReason.RECOVERABLE_ERROR, text)),
        (tries, Symptoms(TaskState.ERROR, StopReason.FATAL_ERROR, text)),
    )
    return Course(phases, tries + randomness.uniform(60, 150) * MINUTE)


def flapping(randomness: Random, _profile: Profile) -> Course:
    """Fails, is resumed by somebody, and fails again, two or three times an hour."""
    text = messages.one_of(messages.CONNECTION, randomness)
    failed = Symptoms(TaskState.ERROR, StopReason.FATAL_ERROR, text)
    phases: list[tuple[float, Symptoms]] = []
    at = 0.0
    for _ in range(randomness.randrange(5, 8)):
        phases.append((at, failed))
        at += randomness.uniform(5.5, 12) * MINUTE
        phases.append((at, WELL))
        at += randomness.uniform(12, 24) * MINUTE
    return Course(tuple(phases), until=phases[-1][0])


def tables_suspended(randomness: Random, _profile: Profile) -> Course:
    """Runs on without some of its tables."""
    symptoms = Symptoms(tables_with_error=randomness.randrange(1, 5))
    return Course(((0.0, symptoms),), randomness.uniform(90, 400) * MINUTE)


def data_errors(randomness: Random, _profile: Profile) -> Course:
    """The target refuses rows, again and again."""
    symptoms = Symptoms(data_errors_per_hour=randomness.uniform(70, 600))
    return Course(((0.0, symptoms),), randomness.uniform(90, 300) * MINUTE)


def unreadable(randomness: Random, _profile: Profile) -> Course:
    """The state, or the latency, comes in a form that nobody has documented."""
    if randomness.random() < 0.5:
        odd = Symptoms(TaskState.UNKNOWN, malformed=("state: 'SUSPENDED'",))
    else:
        odd = Symptoms(malformed=("cdc_latency.total_latency: '1.02:03'",))
    return Course(((0.0, odd),), randomness.uniform(60, 180) * MINUTE)


def batch_overrun(randomness: Random, profile: Profile) -> Course:
    """Tonight the batch takes about three times as long as ever."""
    batch = profile.batches[0]
    share = randomness.uniform(0.36, 0.45)
    lasts = (batch.ended - batch.began) * 3.2
    return Course(((0.0, Symptoms(apply=share)),), max(lasts, 90 * MINUTE) + 0.5 * HOUR)
