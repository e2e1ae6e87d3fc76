"""What a model says about a case, as text on the wire; well-formed answers fit today's schema."""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.evals.case import EvalCase, RecordedAnswer
from local.mock_openai.scenario import Outcome
from qlik_monitor.adapters.openai_analyst import ModelAnswer
from qlik_monitor.domain.actions import RULES, Action


def says(action: Action, confidence: float = 1.0, **more: Any) -> Outcome:
    """A valid answer; say more only where it matters."""
    return Outcome(text=json.dumps(valid(action, confidence, **more), ensure_ascii=False))


def valid(action: Action, confidence: float = 1.0, **more: Any) -> dict[str, Any]:
    """A valid answer's fields, those of the schema only."""
    usual: dict[str, Any] = {
        "action": action.value,
        "confidence": confidence,
        "cause": "The cause is plain.",
        "reasoning": "This is the right thing to do here.",
        "evidence": ["state: ERROR"],
        "effect": RULES[action].effect.value,
        "table": "SALES.ORDERS" if action is Action.RELOAD_TABLE else None,
    }
    return fitted(usual | more)


def recorded(answer: RecordedAnswer) -> Outcome:
    """A recorded answer as the model would have sent it."""
    said = answer.model_dump(mode="json")
    return says(answer.action, **{name: said[name] for name in said if name != "action"})


def fitted(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the fields that the schema asks for, whichever these are by now."""
    return {name: answer[name] for name in ModelAnswer.model_fields if name in answer}


def text_of(case: EvalCase) -> str:
    """What is written in a case, for a model that repeats it."""
    return " ".join([case.message, *(found.summary for found in case.found)])[:900]
