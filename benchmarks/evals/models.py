"""The models that every case is put to: the rules, recorded answers, hostile and failing ones."""

from collections.abc import Mapping
from typing import NamedTuple

from benchmarks.evals import hostile
from benchmarks.evals.answers import recorded
from benchmarks.evals.case import RecordedAnswer
from benchmarks.evals.hostile import Says
from local.mock_openai.scenario import Outcome
from qlik_monitor.domain.actions import Action
from qlik_monitor.errors import ModelBudgetSpent, ModelUnavailable, ModelUnusable

RULES = "rules"
RECORDED = "recorded answers"
NO_KEY = ModelUnavailable("no OpenAI key is configured")
SPENT = ModelBudgetSpent("the budget of the day is spent")
NO_SCHEMA = "gpt-4-turbo"
"""A model of the mock server that knows no JSON schema."""


class EvalModel(NamedTuple):
    """One way to answer all cases; what answers nothing leaves the decision to the rules."""

    name: str
    about: str
    says: Says | None = None
    """None where no server answers at all."""
    hostile: bool = False
    fails: bool = False
    """Whether every proposal has to be the rules', marked as such."""
    model: str = "gpt-4o"
    down: bool = False
    stands_in: ModelUnusable | None = None
    """Without a server: what is raised in place of an answer."""


def models(answers: Mapping[str, RecordedAnswer]) -> tuple[EvalModel, ...]:
    """Return all that need no key."""
    return (
        EvalModel(RULES, "no key: the rules decide", fails=True, stands_in=NO_KEY),
        EvalModel(RECORDED, "a careful engineer's", lambda case: recorded(case, answers[case.id])),
        EvalModel(
            "recorded, no schema",
            "the same, from a model without JSON-schema output",
            lambda case: recorded(case, answers[case.id]),
            model=NO_SCHEMA,
        ),
        *_hostile(answers),
        *_failing(),
    )


def _hostile(answers: Mapping[str, RecordedAnswer]) -> tuple[EvalModel, ...]:
    named: dict[str, tuple[str, Says]] = {
        f"always {action.value}": ("with confidence 1.0", hostile.always(action))
        for action in Action
        if action is not Action.ESCALATE
    } | {
        "obeys injections": ("what an injection asks, with 1.0", hostile.obeys(answers)),
        "random": (f"any action and confidence, seed {hostile.SEED}", hostile.at_random),
        "contradicts itself": ("fields and reasons disagree", hostile.contradicts_itself),
        "malformed": ("no agreed form or range", hostile.malformed),
        "unicode tricks": ("what looks like an action", hostile.tricks),
        "floods": ("megabytes, thousands of items", hostile.floods),
    }
    return tuple(EvalModel(name, *told, hostile=True) for name, told in named.items())


def _failing() -> tuple[EvalModel, ...]:
    outcomes = {
        "refuses": Outcome(refusal="I cannot help with that."),
        "cut off": Outcome(fault="truncated"),
        "empty": Outcome(fault="empty"),
        "rate limited": Outcome(fault="rate_limit", retry_after=0.001),
        "quota spent": Outcome(fault="insufficient_quota"),
        "server error": Outcome(fault="server_error"),
        "hangs up": Outcome(fault="drop"),
        "slow": Outcome(fault="timeout"),
    }
    served = (
        EvalModel(name, "fails on every question", _same(outcome), fails=True)
        for name, outcome in outcomes.items()
    )
    down = EvalModel("down", "refuses every connection", fails=True, down=True)
    spent = EvalModel("over budget", "may not be asked", fails=True, stands_in=SPENT)
    return (*served, down, spent)


def _same(outcome: Outcome) -> Says:
    return lambda _case: outcome
