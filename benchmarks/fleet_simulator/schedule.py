"""When which illness befalls a task: at random, with time to get well in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.fleet_simulator.courses import Course
from benchmarks.fleet_simulator.illnesses import ILLNESSES, Illness
from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.span import Span
from benchmarks.fleet_simulator.symptoms import Event
from benchmarks.fleet_simulator.timeline import HOUR

BEFORE, AFTER = 3 * HOUR, 8 * HOUR
"""Nothing else befalls a task so shortly before and after an illness."""
BATCH_DRAINS = 1.5 * HOUR
TRIES = 40
AT_MOST = 4
"""So many illnesses a task: more tasks then fall ill, of more kinds."""


@dataclass(frozen=True, slots=True)
class Episode:
    """An illness that will befall a task."""

    kind: str
    event: Event
    began: float
    until: float


def schedule(
    randomness: Random, span: Span, look_alike: str, profile: Profile, wanted: list[str]
) -> list[Episode]:
    """Let a task have as many of the wanted illnesses as fit, and strike those off."""
    episodes: list[Episode] = []
    free_from = span.warm_up + randomness.uniform(1, 12) * HOUR
    for kind in [one for one in wanted if look_alike in ILLNESSES[one].befalls]:
        if len(episodes) == AT_MOST:
            break
        episode = _placed(randomness, span, profile, kind, free_from)
        if episode:
            wanted.remove(kind)
            episodes.append(episode)
            free_from = _well_again(profile, episode) + randomness.uniform(12, 22) * HOUR
    return episodes


def _placed(
    randomness: Random, span: Span, profile: Profile, kind: str, free_from: float
) -> Episode | None:
    illness = ILLNESSES[kind]
    course = illness.course(randomness, profile)
    for _ in range(TRIES):
        began = _start(randomness, profile, illness, free_from)
        if began is None:
            return None
        event = _event(kind, course, began)
        episode = Episode(kind, event, began + course.lead, began + course.until)
        if _well_again(profile, episode) + HOUR > span.end:
            return None
        if not (illness.avoids_batches and _meets_batch(profile, event)):
            return episode
    return None


def _start(
    randomness: Random, profile: Profile, illness: Illness, free_from: float
) -> float | None:
    if not illness.with_batch:
        return free_from + randomness.uniform(0, 24) * HOUR
    later = [batch.began for batch in profile.batches if batch.began > free_from]
    return later[0] - 60 if later else None


def _event(kind: str, course: Course, began: float) -> Event:
    lasts = course.until if course.lasts is None else course.lead + course.lasts
    return Event(kind, began, began + lasts, course.phases)


def _meets_batch(profile: Profile, event: Event) -> bool:
    return any(
        batch.began < event.ended + BATCH_DRAINS and event.began < batch.ended + BATCH_DRAINS
        for batch in profile.batches
    )


def _well_again(profile: Profile, episode: Episode) -> float:
    """Guess when what piled up during an illness has been worked off."""
    share = min(0.8, profile.rate / profile.capacity)
    lasted = episode.event.ended - episode.event.began
    return episode.event.ended + lasted * share / (1 - share) + HOUR


def undisturbed(events: Sequence[Event], episodes: Sequence[Episode]) -> list[Event]:
    """Leave out what would befall a task around one of its illnesses."""
    return [
        event
        for event in events
        if not any(
            event.began < episode.event.ended + AFTER and episode.event.began - BEFORE < event.ended
            for episode in episodes
        )
    ]
