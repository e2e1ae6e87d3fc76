"""How a task moves through time: pure functions of its spec, what was done to it, and the time.

A task's life is a list of segments; each command (run, stop) begins the next. Within a segment the
kind gives phases, each with symptoms. The latency is not drawn but follows: it is how far applying
is behind the source, and each phase says at which pace changes are applied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from local.mock_qlik.behaviour_kinds import SYMPTOMS, WELL, Symptoms
from local.mock_qlik.kinds import Kind
from local.mock_qlik.scenario import TaskSpec
from local.mock_qlik.vocabulary import StopReason, TaskState

_STOPPED = Symptoms(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL, pace=0)
_MISNAMED = Symptoms(
    TaskState.RECOVERY,
    StopReason.RECOVERABLE_ERROR,
    "Task encountered a recoverable error: its repository was not found, retrying.",
    pace=0,
)
_FULL_LOAD = Symptoms(pace=1, full_load=True)


@dataclass(frozen=True)
class Segment:
    """A stretch of a task's life between two commands."""

    began_at: float
    run_began: float
    behind: float = 0.0  # source seconds not yet applied when it began
    applied: float = 0.0  # source seconds applied since the last run, at the beginning
    data_errors: float = 0.0
    stopped: bool = False
    misnamed: bool = False
    reload: bool = False
    from_checkpoint: bool = False
    cures: int = 0  # runs since the illness began
    cured: bool = False
    mended_tables: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reading:
    """What is true of a task at one moment."""

    at: float
    symptoms: Symptoms
    since: float  # when this phase began
    lag: float
    applied: float
    data_errors: float
    run_began: float


type Phase = tuple[float, Symptoms]


def reading(spec: TaskSpec, segment: Segment, at: float) -> Reading:
    """Follow a segment's phases up to a moment."""
    lag, applied, errors = segment.behind, segment.applied, segment.data_errors
    since, symptoms = segment.began_at, WELL
    for begins, ends, symptoms in _spans(spec, segment, at):
        since, lasted = begins, ends - begins
        left = max(0.0, lag + lasted * (1 - symptoms.pace))
        applied += lasted + lag - left
        errors += lasted * symptoms.errors_per_second
        lag = left
    return Reading(at, symptoms, since, lag, applied, errors, segment.run_began)


def _spans(spec: TaskSpec, segment: Segment, at: float) -> Iterator[tuple[float, float, Symptoms]]:
    """Give the phases up to a moment, each with its end (at most that moment)."""
    begins, symptoms = segment.began_at, WELL
    for next_begins, next_symptoms in phases(spec, segment):
        if next_begins > at:
            break
        if next_begins > begins:
            yield begins, next_begins, symptoms
        begins, symptoms = next_begins, next_symptoms
    yield begins, max(begins, at), symptoms


def phases(spec: TaskSpec, segment: Segment) -> Iterator[Phase]:
    """Say when which symptoms begin; the sequence may have no end."""
    if segment.stopped:
        yield segment.began_at, _STOPPED
        return
    if segment.misnamed:
        yield segment.began_at, _MISNAMED
        return
    yield from _beginning(spec, segment)
    begins, ends = _illness(spec, segment)
    if begins < ends:
        yield from _ill_phases(spec, begins, ends)
        yield ends, WELL


def _beginning(spec: TaskSpec, segment: Segment) -> Iterator[Phase]:
    if segment.reload:
        yield segment.began_at, _FULL_LOAD
    yield segment.began_at + segment.reload * spec.full_load_seconds, WELL


def _illness(spec: TaskSpec, segment: Segment) -> tuple[float, float]:
    """Say from when until when the task is ill in this segment, if nothing else is done."""
    ends = inf if spec.lasts_seconds is None else spec.onset_seconds + spec.lasts_seconds
    if is_cured(spec, segment):
        return inf, ends
    wait = spec.fails_again_after_seconds if segment.cures else 0.0
    # A reload loads first: its illness does not show before the load is done.
    wait += segment.reload * spec.full_load_seconds
    return max(spec.onset_seconds, segment.began_at + wait), ends


def is_cure(spec: TaskSpec, segment: Segment) -> bool:
    """Tell whether the very run that began a segment ends the illness, by its option."""
    by_reload = segment.reload and spec.cured_by_reload
    return by_reload or (segment.from_checkpoint and spec.cured_by_checkpoint)


def is_cured(spec: TaskSpec, segment: Segment) -> bool:
    """Tell whether what was done has ended the illness."""
    if segment.cured or is_cure(spec, segment):
        return True
    return spec.cured_after_resumes != "never" and segment.cures >= spec.cured_after_resumes


def _ill_phases(spec: TaskSpec, begins: float, ends: float) -> Iterator[Phase]:
    symptoms = SYMPTOMS[spec.kind](spec)
    if spec.kind is not Kind.FLAPPING:
        yield begins, symptoms
        return
    while begins < ends:
        yield begins, symptoms
        if not spec.recovers_by_itself:
            return
        yield min(begins + spec.down_seconds, ends), WELL
        begins += spec.down_seconds + max(1.0, spec.fails_again_after_seconds)
