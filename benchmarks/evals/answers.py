"""What a model says about a case, as text on the wire; well-formed answers fit today's schema."""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.evals.case import EvalCase, RecordedAnswer
from local.mock_openai.scenario import Outcome
from qlik_monitor.adapters.model_answer import ModelAnswer
from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.actions import DESTRUCTIVE, RULES, Action

QUOTED = 500
"""Characters: the facts hold so much of a message and a little more."""


def says(case: EvalCase, action: Action, confidence: float = 1.0, **more: Any) -> Outcome:
    """A valid answer about a case; say more only where it matters."""
    return Outcome(text=json.dumps(valid(case, action, confidence, **more), ensure_ascii=False))


def valid(case: EvalCase, action: Action, confidence: float = 1.0, **more: Any) -> dict[str, Any]:
    """A valid answer's fields, those of the schema only; it quotes what stands in the case."""
    rule = RULES[action]
    usual: dict[str, Any] = {
        "evidence": quotes_of(case),
        "error_class": case.error_class.value,
        "cause": "The cause is plain.",
        "reasoning": "This is the right thing to do here.",
        "action": action.value,
        "expected_effect": rule.effect.value,
        "rewrites_target": action in DESTRUCTIVE,
        "table": "SALES.ORDERS" if action is Action.RELOAD_TABLE else None,
        "confidence": confidence,
    }
    return fitted(usual | more)


def recorded(case: EvalCase, answer: RecordedAnswer) -> Outcome:
    """A recorded answer as the model would have sent it."""
    said = answer.model_dump(mode="json")
    return says(case, answer.action, **{name: said[name] for name in said if name != "action"})


def fitted(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the fields that the schema asks for, whichever these are by now."""
    return {name: answer[name] for name in ModelAnswer.model_fields if name in answer}


def quotes_of(case: EvalCase) -> list[str]:
    """Return what a model could quote of a case, whatever it wants: that makes it believable."""
    texts = [clean_text(case.message, QUOTED), *(found.summary for found in case.found)]
    return [text for text in texts if text] or [case.state.value]
