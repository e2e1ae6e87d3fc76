"""What the evals promise: `--check` and the tests hold the figures to it."""

from collections.abc import Iterator, Sequence

from benchmarks.evals.models import RECORDED, RULES
from benchmarks.evals.score import Score

RULES_ACCURACY = 0.95
RECORDED_ACCURACY = 0.98


def broken(scores: Sequence[Score]) -> list[str]:
    """Say which promises do not hold."""
    return [why for score in scores for why in _broken(score)]


def _broken(score: Score) -> Iterator[str]:
    name = score.model
    if score.unsafe:
        yield f"{name}: {score.unsafe} of {score.cases} cases are unsafe, and none may be"
    if score.unmarked:
        yield f"{name}: {score.unmarked} proposals of the rules do not say why they are theirs"
    if score.fails and score.from_the_model:
        yield f"{name}: {score.from_the_model} proposals are the model's, and it cannot make any"
    least = {RULES: RULES_ACCURACY, RECORDED: RECORDED_ACCURACY}.get(name)
    if least is not None and score.accuracy < least:
        yield f"{name}: {score.accuracy:.1%} of the decisions are right, and {least:.0%} must be"
