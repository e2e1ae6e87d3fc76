"""A run's plan: the fleet, the model, the settings, and how each incident is to end."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.mock_openai import Scenario as OpenAiScenario
from local.mock_qlik.scenario import Scenario as QlikScenario

RUNS = Path(__file__).resolve().parents[1] / "scenarios" / "runs"


class PlanError(Exception):
    """A plan is missing or wrong; the message names the file and the field."""


class Part(BaseModel):
    """A part of a plan; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(StrEnum):
    """What the approver of a run does with a link."""

    APPROVE = "approve"
    REJECT = "reject"
    IGNORE = "ignore"


class Ending(StrEnum):
    """How an incident ends."""

    HEALED = "healed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ESCALATED = "escalated"
    OBSERVED = "observed"
    CLOSED = "closed by itself"


class ExpectedIncident(Part):
    """One incident that the scenario brings about."""

    subject: str
    """A server, `server/task`, or `endpoint NAME`."""
    tasks: tuple[str, ...] = ()
    """The tasks that an endpoint took down, as `server/task`; `restarts` holds for each."""
    ends: tuple[Ending, ...] | Ending
    """One ending, or any of several where timing decides."""
    approver: Answer | None = None
    answered_by: tuple[str, ...] = ()
    """Which of the approvers answer, in this order of their mails; empty: whoever gets a link."""
    restarts: int = 0
    made_by: Literal["model", "rules"] | None = None
    decision: str | None = None
    detail: str = ""
    """Words that the incident's stored reason must contain."""

    @property
    def acted_on(self) -> tuple[str, ...]:
        """What restarts of it are made of: its tasks, or the one task that it is about."""
        return self.tasks or (self.subject,)

    @property
    def endings(self) -> tuple[Ending, ...]:
        """All endings that are right."""
        return (self.ends,) if isinstance(self.ends, Ending) else self.ends


class Disturbance(Part):
    """Something that befalls the outside world at a time of the run, in seconds."""

    at_seconds: float
    do: Literal["openai_down", "openai_up", "expire_sessions", "qlik_fault"]
    fault: dict[str, Any] = {}


class Plan(Part):
    """A whole run."""

    description: str
    qlik: QlikScenario
    openai: OpenAiScenario = OpenAiScenario()
    settings: dict[str, Any] = {}
    """Terraform variables that differ from those of every run."""
    cycle_seconds: float = Field(default=6.0, gt=0)
    limit_seconds: float = Field(default=150.0, gt=0)
    disturbances: tuple[Disturbance, ...] = ()
    incidents: tuple[ExpectedIncident, ...]
    answers_seen: tuple[int, ...] = ()
    """HTTP statuses that Qlik must have answered, 0 for a dropped connection: a fault that never
    struck proves nothing."""
    planted: tuple[Annotated[str, Field(min_length=8, pattern=r"^[\w-]+$")], ...] = ()
    """Secrets that the fleet's texts hold: Qlik must have sent each, and the run may leave none."""
    failed_cycles: int | None = None
    """At least so many cycles must fail and be told; 0 means that none may."""


def load_plan(name_or_path: str) -> Plan:
    """Read a plan by the name of a committed one, or by path; raises PlanError."""
    path = RUNS / f"{name_or_path}.yaml"
    if not path.is_file():
        path = Path(name_or_path)
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in RUNS.glob("*.yaml")))
        raise PlanError(f"SCENARIO={name_or_path}: no such file, nor one of: {known}")
    try:
        return Plan.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise PlanError(f"{path}: not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise PlanError("\n".join(lines)) from None
