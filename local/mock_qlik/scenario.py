"""A fleet and the server's manners, as a scenario describes them (local/scenarios/README.md)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from local.mock_qlik.kinds import ILLNESS_FIELDS, PARAMETERS, Kind
from local.mock_qlik.scenario_parts import (
    Credentials,
    EndpointSpec,
    Fault,
    LicenseSpec,
    Name,
    Seconds,
    Spec,
    Spelling,
)
from local.mock_qlik.vocabulary import ErrorCode, LicenseState, ServerState, StopReason


class TaskSpec(Spec):
    """A task, or `count` alike whose names hold the number: `ORDERS_{n:03}`."""

    name: Name
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    kind: Kind = Kind.HEALTHY
    description: str = ""
    tags: tuple[str, ...] = ()
    source_endpoint: EndpointSpec = EndpointSpec(name="SRC", type="ORACLE")
    target_endpoint: EndpointSpec = EndpointSpec(name="TGT", type="SNOWFLAKE")
    rows_per_second: Annotated[float, Field(ge=0)] | None = None
    tables: Annotated[int, Field(ge=1)] = 8
    full_load_enabled: bool = True
    uptime_seconds: Seconds = 86_400.0
    full_load_seconds: Seconds = 120.0
    run_takes_seconds: Seconds = 2.0
    stop_takes_seconds: Seconds = 2.0
    stale_seconds: Seconds | None = None
    expect: dict[str, Any] = Field(default_factory=dict)

    onset_seconds: float = 0.0
    lasts_seconds: Seconds | None = None
    cured_after_resumes: Annotated[int, Field(ge=1)] | Literal["never"] = "never"
    cured_by_reload: bool = False
    cured_by_checkpoint: bool = False
    fails_again_after_seconds: Seconds = 0.0
    message: str = ""
    stop_reason: StopReason = StopReason.NORMAL
    latency_growth: Annotated[float, Field(gt=0, le=1)] = 0.5
    side: Literal["source", "target"] = "target"
    tables_in_error: Annotated[int, Field(ge=1)] = 1
    errors_per_minute: Annotated[float, Field(gt=0)] = 12.0
    down_seconds: Annotated[float, Field(gt=0)] = 120.0
    recovers_by_itself: bool = True

    @model_validator(mode="before")
    @classmethod
    def _parameters_of_its_kind(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("kind", Kind.HEALTHY) not in list(Kind):
            return data
        kind = Kind(data.get("kind", Kind.HEALTHY))
        if wrong := (data.keys() & ILLNESS_FIELDS) - PARAMETERS[kind].keys():
            allowed = ", ".join(PARAMETERS[kind]) or "none"
            raise ValueError(
                f"kind {kind} takes no {', '.join(sorted(wrong))}; it takes: {allowed}"
            )
        return {**PARAMETERS[kind], **data}


class ServerSpec(Spec):
    """A Replicate server; outside MONITORED its tasks cannot be read, for as long as it lasts."""

    name: Name
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    description: str = ""
    state: ServerState = ServerState.MONITORED
    message: str = ""
    refuses_with: (
        Literal[ErrorCode.AEM_SERVER_NOT_CONNECTED, ErrorCode.AEM_SERVER_NOT_MONITORED] | None
    ) = None
    onset_seconds: float = 0.0
    lasts_seconds: Seconds | None = None
    license: LicenseSpec | None = None
    version: str = "2024.11.0.285"
    disk_usage_mb: int = 51_200
    endpoints: tuple[EndpointSpec, ...] = ()
    tasks: tuple[TaskSpec, ...] = ()
    expect: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _must_differ(expanded(self.tasks), f"server {self.name}: task")
        return self

    @property
    def licence(self) -> LicenseSpec:
        """The licence: expired by default where a task stopped for it."""
        if any(task.kind is Kind.LICENCE for task in self.tasks):
            expired = LicenseSpec(state=LicenseState.EXPIRED_LICENSE, days_to_expiration=-1)
            return self.license or expired
        return self.license or LicenseSpec()


class Scenario(Spec):
    """Everything the mock server is told when it starts."""

    seed: int = 1
    speed: Annotated[float, Field(ge=0)] = 1.0
    credentials: Credentials = Credentials()
    spelling: Spelling = Spelling()
    licensed: bool = True
    session_seconds: Seconds = 300.0
    stale_seconds: Seconds = 10.0
    faults: tuple[Fault, ...] = ()
    servers: tuple[ServerSpec, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _must_differ(expanded(self.servers), "server")
        return self


def expanded[T: (TaskSpec, ServerSpec)](specs: Sequence[T]) -> list[T]:
    """Write out the shorthand: each spec as many times as it counts, under its own name."""
    return [one for spec in specs for one in _copies(spec)]


def _copies[T: (TaskSpec, ServerSpec)](spec: T) -> list[T]:
    if spec.count == 1:
        return [spec]
    names = _numbered(spec.name, spec.count)
    return [spec.model_copy(update={"name": name, "count": 1}) for name in names]


def _numbered(name: str, count: int) -> list[str]:
    try:
        return [name.format(n=number) for number in range(1, count + 1)]
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"name {name!r}: with count it may hold {{n}} or {{n:03}}") from error


def _must_differ(specs: Sequence[TaskSpec] | Sequence[ServerSpec], what: str) -> None:
    seen: set[str] = set()
    for spec in specs:
        if spec.name.casefold() in seen:
            raise ValueError(f"{what} {spec.name!r} is there twice; with count use {{n}}")
        seen.add(spec.name.casefold())
