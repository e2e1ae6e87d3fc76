"""What our detector promises on the reported seeds."""

from collections.abc import Iterator, Sequence

from benchmarks.detection.tally import Total, total
from benchmarks.detection.trial import Trial

RECALL, PRECISION, FALSE_PER_1000_DAYS, MEDIAN_DELAY = 0.99, 0.98, 1.0, 2.0
LOST_SERVER = "200 tasks on a lost server"


def broken_promises(trials: Sequence[Trial], detector: str) -> list[str]:
    """Say in a sentence each what a detector does not hold."""
    return [*_of_total(total(trials, detector)), *_of_lost_server(trials, detector)]


def _of_total(found: Total) -> Iterator[str]:
    if found.illnesses.recall < RECALL:
        yield f"recall is {found.illnesses.recall:.4f}, promised is at least {RECALL}"
    if found.precision < PRECISION:
        yield f"precision is {found.precision:.4f}, promised is at least {PRECISION}"
    if found.false_per_1000_days > FALSE_PER_1000_DAYS:
        yield (
            f"{found.false_per_1000_days:.2f} false incidents per 1,000 healthy task-days, "
            f"promised is at most {FALSE_PER_1000_DAYS}"
        )
    delay = found.illnesses.median_delay
    if delay is None or delay > MEDIAN_DELAY:
        yield f"the median delay is {delay} polls, promised is at most {MEDIAN_DELAY}"


def _of_lost_server(trials: Sequence[Trial], detector: str) -> Iterator[str]:
    for trial in trials:
        if trial.scenario == LOST_SERVER and trial.opened[detector] != 1:
            opened = trial.opened[detector]
            yield f"seed {trial.seed}: {opened} incidents for one lost server, promised is 1"
