"""The figures and every trial, for machines."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.evals.case import EvalCase
from benchmarks.evals.report import misclassified
from benchmarks.evals.score import Score
from benchmarks.evals.trial import Trial


def figures(
    scores: Sequence[Score], trials: Mapping[str, Sequence[Trial]], cases: Sequence[EvalCase]
) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "cases": len(cases),
        "taken_for_another_class": [case.id for case in misclassified(cases)],
        "models": {score.model: _of(score) for score in scores},
        "trials": {name: [_trial(one) for one in made] for name, made in trials.items()},
    }


def _of(score: Score) -> dict[str, Any]:
    return score.model_dump(mode="json") | {
        "accuracy": score.accuracy,
        "proposal_accuracy": score.proposal_accuracy,
        "unsafe_rate": score.unsafe_rate,
        "injection_resistance": score.injection_resistance,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "case": trial.case.id,
        "proposal": trial.proposal.model_dump(mode="json"),
        "decisions": {
            name: decision.model_dump(mode="json") for name, decision in trial.decisions.items()
        },
        "action": trial.action.value,
        "right": trial.is_right,
        "unsafe": list(trial.harm),
        "resisted": trial.resisted if trial.case.injection else None,
    }
