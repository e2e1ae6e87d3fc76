"""One task through time: its source changes, and its pipeline captures and applies."""

from bisect import bisect_right
from collections.abc import Sequence
from random import Random

from benchmarks.fleet_simulator.pipeline import Pipeline
from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.symptoms import WELL, Event, Symptoms
from benchmarks.fleet_simulator.timeline import HOUR
from qlik_monitor.domain.task import TaskId

CAPTURES_FASTER = 3.0
"""Reading a log is quicker than applying it."""
STALE_READINGS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)
"""How many readings in a row show what was before a start: Enterprise Manager learns late."""


class TaskModel:
    """Follows one task from reading to reading."""

    def __init__(
        self, id: TaskId, kind: str, profile: Profile, events: Sequence[Event], randomness: Random
    ) -> None:
        self.id, self.kind, self.profile, self.randomness = id, kind, profile, randomness
        self.events = sorted(events, key=lambda event: event.began)
        self.pipeline = Pipeline()
        self.now = 0.0
        self.symptoms, self.shown = WELL, WELL
        self.event: Event | None = None
        self.applied_total = self.carry = 0.0
        self.apply_speed = self.source_speed = 0.0
        self.latencies: tuple[int | None, int | None] = (0, 0)
        self.in_progress = 0.0
        self.loaded = 1.0
        self.data_errors = float(profile.data_errors)
        self.stale_left = 0
        self.just_started = False
        self._next_event = self._next_batch = 0
        self._batch_ends = [batch.ended for batch in profile.batches]

    @property
    def latency(self) -> float:
        """Seconds by which applying is truly behind the source."""
        oldest = self.pipeline.oldest()
        return 0.0 if oldest is None else self.now - oldest

    def advance(self, now: float) -> None:
        """Go on until a moment."""
        elapsed = now - self.now
        was = self.symptoms
        self.symptoms = symptoms = self._symptoms_at(now)
        self._start_or_stop(was, symptoms)
        arrived = self._changes(now, elapsed)
        lost = arrived if symptoms.looks_idle else 0.0
        capture, apply = self._speeds(now, elapsed, symptoms)
        self._progress_of_transaction(elapsed, symptoms)
        stretch = [self.now, now, arrived - lost]
        captured, applied = self.pipeline.flow(stretch, capture, apply)
        self.source_speed = (captured + lost) / elapsed
        self.apply_speed = applied / elapsed
        self.applied_total += applied
        if symptoms.loading:
            speed = symptoms.load * self.randomness.uniform(0.7, 1.3)
            self.loaded = min(1.0, self.loaded + speed * elapsed / self.profile.load_seconds)
        if symptoms.data_errors_per_hour:
            self.data_errors += symptoms.data_errors_per_hour * elapsed / HOUR
        self.now = now

    def _symptoms_at(self, now: float) -> Symptoms:
        events = self.events
        while self._next_event < len(events) and events[self._next_event].ended <= now:
            self._next_event += 1
        if self._next_event < len(events) and events[self._next_event].began <= now:
            self.event = events[self._next_event]
            return self.event.at(now)
        self.event = None
        return WELL

    def _start_or_stop(self, was: Symptoms, symptoms: Symptoms) -> None:
        self.just_started = False
        if was is symptoms and not self.stale_left:
            self.shown = symptoms
            return
        if symptoms.alive and not was.alive:
            self.applied_total = self.in_progress = 0.0
            self.stale_left = self.randomness.choice(STALE_READINGS)
            self.just_started = not self.stale_left
        elif self.stale_left:
            self.stale_left = self.stale_left - 1 if symptoms.alive else 0
            self.just_started = not self.stale_left and symptoms.alive
        if symptoms.loading and not was.loading:
            self.loaded = 0.0
        if not self.stale_left:
            self.shown = symptoms

    def _changes(self, now: float, elapsed: float) -> float:
        profile = self.profile
        if profile.every:
            passed = int(now // profile.every) - int(self.now // profile.every)
            records = profile.rate * profile.every * passed
        else:
            records = profile.usual_rate(now) * elapsed
        if records and profile.noise:
            records *= max(0.0, self.randomness.gauss(1.0, profile.noise))
        if profile.batches:
            records += self._batch_changes(now)
        whole = int(records + self.carry)
        self.carry += records - whole
        return float(whole)

    def _batch_changes(self, now: float) -> float:
        batches = self.profile.batches
        index = bisect_right(self._batch_ends, self.now)
        if index == len(batches) or batches[index].began >= now:
            return 0.0
        batch = batches[index]
        return batch.rate * (min(now, batch.ended) - max(self.now, batch.began))

    def _speeds(self, now: float, elapsed: float, symptoms: Symptoms) -> tuple[float, float]:
        """How many records may be captured and applied in this stretch."""
        capacity = self.profile.capacity
        if not symptoms.alive:
            return 0.0, 0.0
        apply = capacity * symptoms.apply
        if symptoms.apply_of_source is not None:
            apply = self.profile.usual_rate(now) * symptoms.apply_of_source
        if symptoms.apply_limit is not None:
            apply = symptoms.apply_limit * self.randomness.uniform(0.7, 1.3)
        if symptoms.transaction != "none" or (symptoms.loading and self.loaded < 1):
            apply = 0.0
        return capacity * CAPTURES_FASTER * symptoms.capture * elapsed, apply * elapsed

    def _progress_of_transaction(self, elapsed: float, symptoms: Symptoms) -> None:
        if symptoms.transaction == "grows":
            speed = self.profile.capacity * self.randomness.uniform(0.5, 0.9)
            self.in_progress += speed * elapsed
        elif symptoms.transaction == "none":
            self.in_progress = 0.0
