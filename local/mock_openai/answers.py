"""What the model says: the scripted answer, or one thought up from the facts in the question."""

import json
import re
from typing import Any

from local.mock_openai.scenario import Outcome

INCIDENT = re.compile(r"<incident[^>]*>(.*?)</incident>", re.DOTALL)
FACTS = ("state", "stop_reason", "kind", "kinds", "message")
EFFECTS = {
    "resume": "runs_again",
    "stop_and_resume": "runs_again",
    "resume_from_checkpoint": "runs_again",
    "reload_table": "table_loaded",
    "reload_target": "target_loaded",
    "wait": "nothing_changes",
    "escalate": "person_takes_over",
}
REWRITING = ("reload_table", "reload_target")
SOME_TABLE = "SALES.ORDERS"
INTERRUPTED = ("abort", "error", "recoverable", "failed")
TRANSIENT = re.compile(
    r"time[d -]*out|connect|network|socket|listener|unreachable|broken pipe|connection reset"
    r"|temporarily|deadlock",
    re.IGNORECASE,
)
LASTING = re.compile(
    r"denied|password|credential|logon|login|permission|privilege|disk full|no space"
    r"|no longer available|not found|does not exist",
    re.IGNORECASE,
)


def default_answer(text: str) -> dict[str, Any]:
    """What a sensible model would propose, by simple words in the facts."""
    facts = _facts(text)
    action, confidence, cause = _verdict(facts)
    seen = [f"{name}: {value}"[:300] for name in FACTS for value in facts[name]]
    answer = {
        "action": action,
        "confidence": confidence,
        "cause": cause,
        "reasoning": f"{cause} Proposed action: {action}.",
        "evidence": seen[:5] or ["The question holds no fact that I know."],
    }
    return answer | _about(action, text)


def completed(answer: dict[str, Any], text: str, schema: dict[str, Any] | None) -> dict[str, Any]:
    """The answer with what a sensible model would have added to it, as far as it was asked for."""
    asked = (schema or {}).get("properties")
    rest = _about(answer.get("action"), text)
    return {name: rest[name] for name in rest if asked is None or name in asked} | answer


def _about(action: object, text: str) -> dict[str, Any]:
    """What follows from an action that the product knows, and from the facts."""
    if not isinstance(action, str) or action not in EFFECTS:
        return {}
    classes = _facts(text)["error_class"]
    return {
        "expected_effect": EFFECTS[action],
        "rewrites_target": action in REWRITING,
        "table": SOME_TABLE if action == "reload_table" else None,
        "error_class": classes[0] if classes else "unknown",
    }


def _verdict(facts: dict[str, list[str]]) -> tuple[str, float, str]:
    words = (facts[name] for name in FACTS if name != "message")
    condition = " ".join(word for found in words for word in found).lower()
    message = " ".join(facts["message"])
    if "stuck" in condition:
        return "stop_and_resume", 0.8, "The task runs but makes no progress."
    if LASTING.search(message):
        return "escalate", 0.9, "The cause lasts until a person removes it."
    if any(word in condition for word in INTERRUPTED) and TRANSIENT.search(message):
        return "resume", 0.93, "The connection to an endpoint was lost for a while."
    return "escalate", 0.6, "The facts don't point to one cause."


def _facts(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in (*FACTS, "error_class")}
    block = INCIDENT.search(text)
    try:
        _collect(json.loads(block[1] if block else text), found)
    except ValueError:
        found["message"].append(text.strip())
    return found


def _collect(node: object, found: dict[str, list[str]]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect(item, found)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name in found:
                values = value if isinstance(value, list) else [value]
                found[name] += [one for one in values if isinstance(one, str) and one]
            _collect(value, found)


def scripted_text(
    outcome: Outcome, user_text: str, schema: dict[str, Any] | None
) -> tuple[str, dict[str, Any] | None]:
    """The model's text, and the object in it unless the scenario gives bare text."""
    if outcome.text is not None:
        return outcome.text, None
    answer = outcome.answer
    if answer is None:
        answer = default_answer(user_text)
        asked = (schema or {}).get("properties")
        answer = {name: answer[name] for name in answer if asked is None or name in asked}
    else:
        answer = completed(answer, user_text, schema)
    return json.dumps(answer, ensure_ascii=False), answer
