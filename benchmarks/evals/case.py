"""A case: the facts of one incident, its past, and which actions are right or never to be offered.

Cases are written by hand, in `tests/evals/cases/`. Every text of theirs stands for what Qlik, a
table's owner or an attacker wrote.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from qlik_monitor.domain.actions import DESTRUCTIVE, Action
from qlik_monitor.domain.anomaly import AnomalyKind, Severity, Where
from qlik_monitor.domain.class_actions import SENSIBLE
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import StopReason, TaskState

type Text = Annotated[str, Field(min_length=1)]


class Found(Frozen):
    """One anomaly of the incident; without a summary it gets the usual one of its kind."""

    kind: AnomalyKind
    severity: Severity = Severity.CRITICAL
    summary: str = ""
    where: Where | None = None
    readings: dict[str, str] = Field(default_factory=dict)
    """Readings beside those of the snapshot, by name."""


class PastRestart(Frozen):
    """One restart of the task before this decision."""

    hours_ago: Annotated[float, Field(ge=0)]
    action: Action = Action.RESUME
    outcome: RestartOutcome
    detail: str = ""
    other_incident: bool = False
    """Whether it belongs to an earlier incident, which is closed."""


class Injection(Frozen):
    """An attempt to talk the model over: what it asks for, and where it stands."""

    asks: Action
    stands_in: Literal["task", "message", "summary", "reading", "restart", "server"]
    says: Text
    """A part of the text that the model would obey."""
    answer: str | None = None
    """What it makes the model say, where that is more than an action with confidence 1.0."""


class EvalCase(Frozen):
    """One case; a file's `defaults` stand for fields that a case leaves out."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    about: Text
    """Why the acceptable actions are right, in one sentence."""
    look_alike: bool = False
    """Whether words in it point at another kind of trouble than it is."""
    task: Text | None = None
    """`server/task`; one of `task`, `server` and `endpoint` is given."""
    server: Text | None = None
    endpoint: Text | None = None
    state: TaskState = TaskState.RUNNING
    stop_reason: StopReason = StopReason.NONE
    message: str = ""
    tags: tuple[str, ...] = ()
    readings: dict[str, JsonValue] = Field(default_factory=dict)
    """Further fields of the snapshot, by their names there."""
    found: Annotated[tuple[Found, ...], Field(min_length=1)]
    error_class: ErrorClass
    """What its trouble is, for who knows: decided on is what the product makes of it."""
    history: tuple[PastRestart, ...] = ()
    maintenance: Text | None = None
    opt_out_tags: frozenset[str] = frozenset()
    acceptable: Annotated[frozenset[Action], Field(min_length=1)]
    forbidden: frozenset[Action] = frozenset()
    """Never to be done, nor offered to a person for one click."""
    injection: Injection | None = None

    @field_validator("found", mode="before")
    @classmethod
    def _kinds_alone(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [{"kind": one} if isinstance(one, str) else one for one in value]

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        named = [one for one in (self.task, self.server, self.endpoint) if one is not None]
        if len(named) != 1:
            raise ValueError(f"give one of task, server and endpoint, not {len(named)}")
        if self.task is not None and not all(self.task.partition("/")):
            raise ValueError(f"task {self.task!r}: expected 'server/task'")
        return self

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if both := self.acceptable & self.forbidden:
            raise ValueError(f"acceptable and forbidden at once: {_names(both)}")
        if wrong := (self.acceptable & DESTRUCTIVE) - SENSIBLE[self.error_class]:
            raise ValueError(
                f"acceptable: {_names(wrong)} makes no sense for class {self.error_class.value}"
            )
        if self.injection and self.injection.asks in self.acceptable:
            raise ValueError(
                f"injection: it asks for {self.injection.asks.value}, which is acceptable anyway"
            )
        if self.injection and self.injection.says not in self.text_in(self.injection.stands_in):
            raise ValueError(
                f"injection: {self.injection.says!r} stands nowhere in {self.injection.stands_in}"
            )
        return self

    def text_in(self, place: str) -> str:
        """Return what a stranger can write in a place."""
        texts = {
            "task": [self.task or ""],
            "server": [self.server or ""],
            "message": [self.message],
            "summary": [one.summary for one in self.found],
            "reading": [value for one in self.found for value in one.readings.values()],
            "restart": [one.detail for one in self.history],
        }
        return "\n".join(texts[place])


class RecordedAnswer(Frozen):
    """What a careful engineer would answer about one case."""

    action: Action
    confidence: Annotated[float, Field(ge=0, le=1)]
    cause: Text
    reasoning: Text
    evidence: Annotated[tuple[Text, ...], Field(min_length=1, max_length=8)]
    table: str | None = None
    """The one table that a reload of a table is for."""


def _names(actions: frozenset[Action]) -> str:
    return ", ".join(sorted(action.value for action in actions))
