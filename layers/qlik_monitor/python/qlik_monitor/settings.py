"""Settings: each function's environment as a model, with one clear sentence for each mistake."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from qlik_monitor.domain.actions import AUTOMATABLE, Action
from qlik_monitor.domain.approvers import Approvers
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.model_budget import ModelBudget, Prices
from qlik_monitor.domain.policy import PolicySettings
from qlik_monitor.domain.switches import Switches
from qlik_monitor.domain.thresholds import Thresholds
from qlik_monitor.domain.verification import VerificationSettings
from qlik_monitor.errors import ConfigurationError

Seconds = Annotated[int, Field(ge=1, le=31536000)]
Text = Annotated[str, Field(min_length=1)]
ApprovalBaseUrl = Annotated[str, Field(pattern=r"^https?://")]
SECRET_WORDS = frozenset({"TOKEN", "PASSWORD", "KEY", "SECRET"})
"""Whole words of a name: OPENAI_TOKENS_PER_DAY is a number that may be shown."""
ISSUER = re.compile(r"https://[^@/?#\s]+(/[^@?#\s]*)?")
LOOPBACK_ISSUER = re.compile(r"http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/[^@?#\s]*)?")
PLAINER = {"bool_parsing": "expected true or false"}
"""What is said of a mistake where pydantic's own words do not say what to write."""
SAYS_IT_ALL = "contradiction"
"""A mistake of several variables together, whose message names them and their values."""


class Settings(BaseModel):
    """Base of all settings: field `table_name` reads the variable `TABLE_NAME`."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the environment; raises ConfigurationError naming every variable that is wrong.

        An empty variable counts as not set: that is how shells and `.env` files say so.
        """
        values = {
            name: environment[name.upper()]
            for name in cls.model_fields
            if environment.get(name.upper(), "").strip()
        }
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ConfigurationError("; ".join(_sentences(error, values))) from None


def _sentences(error: ValidationError, values: Mapping[str, str]) -> list[str]:
    return [
        item["msg"]
        if item["type"] == SAYS_IT_ALL
        else _sentence(item["loc"], PLAINER.get(item["type"], item["msg"]), values)
        for item in error.errors()
    ]


def _sentence(location: tuple[int | str, ...], message: str, values: Mapping[str, str]) -> str:
    field = str(location[0]) if location else ""
    name = field.upper()
    if field not in values:
        return f"{name} is not set: {message}"
    shown = "(hidden)" if SECRET_WORDS.intersection(name.split("_")) else repr(values[field])
    return f"{name}={shown}: {message}"


class StoreSettings(Settings):
    """Where incidents, restarts and approvals are kept."""

    table_name: Text


class NotifierSettings(Settings):
    """Where people are told."""

    topic_arn: Text


class QlikSettings(Settings):
    """How Qlik is reached from a function."""

    qlik_api_endpoint: Text
    qlik_flavor: Literal["auto", "enterprise_manager", "cloud"] = "auto"
    qlik_secret_arn: Text

    def concurrency(self) -> int:
        """Return how many requests may be under way at once: those of a group's readings."""
        return 4

    def action_timeout_seconds(self) -> int:
        """Return how long Qlik may take for a run or a stop."""
        return 60

    def read_deadline_seconds(self) -> float:
        """Return how long a reading may take, repetitions and all; each function ends later."""
        return 30.0


class ThresholdSettings(Settings):
    """When a task is ill."""

    lag_threshold_seconds: Seconds = 600
    stuck_task_threshold_seconds: Seconds = 1800
    recovery_threshold_seconds: Seconds = 1800

    def thresholds(self) -> Thresholds:
        """Return them as the domain names them."""
        return Thresholds(
            lag=timedelta(seconds=self.lag_threshold_seconds),
            stuck=timedelta(seconds=self.stuck_task_threshold_seconds),
            recovery=timedelta(seconds=self.recovery_threshold_seconds),
        )


class LimitSettings(Settings):
    """How many restarts a task, a server, an endpoint and the fleet may have."""

    max_restart_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    restart_window_seconds: Annotated[int, Field(ge=1, le=2592000)] = 86400
    restart_backoff_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    server_restart_cap: Annotated[int, Field(ge=1, le=1000)] = 25
    fleet_restart_cap: Annotated[int, Field(ge=1, le=10000)] = 50
    restart_cap_window_seconds: Annotated[int, Field(ge=60, le=86400)] = 3600
    breaker_failures: Annotated[int, Field(ge=1, le=100)] = 3
    breaker_window_seconds: Annotated[int, Field(ge=60, le=86400)] = 3600
    breaker_open_seconds: Annotated[int, Field(ge=1, le=86400)] = 1800
    ineffective_fix_failures: Annotated[int, Field(ge=1, le=20)] = 3
    illness_returns: Annotated[int, Field(ge=1, le=100)] = 3
    illness_returns_window_seconds: Annotated[int, Field(ge=60, le=2592000)] = 21600

    def limits(self) -> Limits:
        """Return them as the domain names them."""
        return Limits(
            attempts=self.max_restart_attempts,
            window=timedelta(seconds=self.restart_window_seconds),
            backoff=timedelta(seconds=self.restart_backoff_seconds),
            server_cap=self.server_restart_cap,
            fleet_cap=self.fleet_restart_cap,
            cap_window=timedelta(seconds=self.restart_cap_window_seconds),
            breaker_failures=self.breaker_failures,
            breaker_window=timedelta(seconds=self.breaker_window_seconds),
            breaker_open=timedelta(seconds=self.breaker_open_seconds),
            ineffective_failures=self.ineffective_fix_failures,
            illness_returns=self.illness_returns,
            illness_returns_window=timedelta(seconds=self.illness_returns_window_seconds),
        )


class AnalystSettings(Settings):
    """Which model is asked, and how."""

    openai_secret_arn: str = ""
    openai_model: Text = "gpt-4o"
    openai_base_url: str = ""
    openai_timeout_seconds: Annotated[int, Field(ge=1, le=30)] = 20


class SwitchSettings(Settings):
    """What may run without a person, and what may run at all: everything is off by default."""

    auto_restart_enabled: bool = False
    auto_restart_servers: str = ""
    auto_restart_actions: str = ""
    auto_restart_min_confidence: Annotated[float, Field(ge=0.0, le=1.0)] = 0.85
    destructive_actions_enabled: bool = False

    @field_validator("auto_restart_servers", "auto_restart_actions")
    @classmethod
    def _names(cls, text: str) -> str:
        if text.strip() and not all(name.strip() for name in text.split(",")):
            raise PydanticCustomError("names", "expected names separated by commas")
        return text

    @field_validator("auto_restart_actions")
    @classmethod
    def _actions(cls, text: str) -> str:
        allowed = sorted(action.value for action in AUTOMATABLE)
        if unknown := [name for name in names_in(text) if name not in allowed]:
            raise PydanticCustomError(
                "action",
                "{unknown} cannot run without a person; allowed: {allowed}",
                {"unknown": unknown[0], "allowed": ", ".join(allowed)},
            )
        return text

    def switches(self) -> Switches:
        """Return them as the domain names them."""
        return Switches(
            auto_restart_enabled=self.auto_restart_enabled,
            servers=names_in(self.auto_restart_servers),
            actions=frozenset(Action(name) for name in names_in(self.auto_restart_actions)),
            min_confidence=self.auto_restart_min_confidence,
            destructive_actions_enabled=self.destructive_actions_enabled,
        )


def names_in(text: str) -> tuple[str, ...]:
    """Split names at commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


class ModelCapSettings(Settings):
    """What the model may cost in one day, UTC."""

    openai_calls_per_day: Annotated[int, Field(ge=0, le=100000)] = 500
    openai_tokens_per_day: Annotated[int, Field(ge=0, le=1000000000)] = 1000000
    openai_usd_per_day: Annotated[float, Field(ge=0, le=100000)] = 5.0

    def budget(self) -> ModelBudget:
        """Return the caps as the domain names them."""
        return ModelBudget.of_dollars(
            self.openai_calls_per_day, self.openai_tokens_per_day, self.openai_usd_per_day
        )


class ModelBudgetSettings(ModelCapSettings):
    """What a day and a question cost, and how long an answer stands."""

    openai_input_usd_per_million: Annotated[float, Field(ge=0, le=1000)] = 2.5
    openai_output_usd_per_million: Annotated[float, Field(ge=0, le=1000)] = 10.0
    openai_cache_seconds: Annotated[int, Field(ge=0, le=604800)] = 21600

    def prices(self) -> Prices:
        """Return what tokens cost as the domain names it."""
        return Prices.of_dollars(
            self.openai_input_usd_per_million, self.openai_output_usd_per_million
        )

    def answers_kept(self) -> timedelta:
        """Return how long an answer stands for an unchanged illness."""
        return timedelta(seconds=self.openai_cache_seconds)


class MonitorTasksSettings(StoreSettings, NotifierSettings, QlikSettings, ThresholdSettings):
    """Environment of `monitor_tasks`."""

    qlik_concurrency: Annotated[int, Field(ge=1, le=64)] = 16
    history_days: Annotated[int, Field(ge=15, le=400)] = 35
    restart_window_seconds: Annotated[int, Field(ge=1, le=2592000)] = 86400

    def health_window(self) -> timedelta:
        """Return how long a task has to be healthy before its restarts count no more."""
        return timedelta(seconds=self.restart_window_seconds)

    def concurrency(self) -> int:
        """Return how many tasks are read at once."""
        return self.qlik_concurrency

    def read_deadline_seconds(self) -> float:
        """Return how long the whole fleet may take; the function has 240 seconds."""
        return 180.0

    def history_kept(self) -> timedelta:
        """Return how long readings are kept."""
        return timedelta(days=self.history_days)


class EvaluateProposalSettings(
    StoreSettings, QlikSettings, LimitSettings, SwitchSettings, AnalystSettings, ModelBudgetSettings
):
    """Environment of `evaluate_proposal`."""

    approval_timeout_seconds: Annotated[int, Field(ge=1, le=259200)] = 14400
    verify_interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 30

    def policy(self, opt_out_tags: frozenset[str]) -> PolicySettings:
        """Return the switches as the domain names them; the tags stand in the alerting rules."""
        return PolicySettings(
            switches=self.switches(), limits=self.limits(), opt_out_tags=opt_out_tags
        )


class ApprovalSettings(StoreSettings):
    """Where the key of approval links lies."""

    approval_secret_arn: Text


class ApproverSettings(Settings):
    """Who may answer an approval, and how many of them have to agree."""

    approvers: str = ""
    destructive_approvers: str = ""
    # Validated also where it is not set: the two above can contradict each other without it.
    approvals_needed: Annotated[str, Field(validate_default=True)] = ""

    @field_validator("approvals_needed")
    @classmethod
    def _agree(cls, needed: str, info: ValidationInfo) -> str:
        approvers = info.data.get("approvers", "")
        for_rewrites = info.data.get("destructive_approvers", "")
        try:
            Approvers.parse(approvers, for_rewrites, needed)
        except ValueError as error:
            sentence = {"sentence": str(error)}
            raise PydanticCustomError(SAYS_IT_ALL, "{sentence}", sentence) from None
        return needed

    def panel_rules(self) -> Approvers:
        """Return them as the domain names them."""
        return Approvers.parse(self.approvers, self.destructive_approvers, self.approvals_needed)


class ChatSettings(Settings):
    """Where the chat tool's secret lies; empty: nothing is sent to chat, nor taken from there."""

    chat_secret_arn: str = ""


class RequestApprovalSettings(ApprovalSettings, ApproverSettings, ChatSettings, NotifierSettings):
    """Environment of `request_approval`."""

    approval_base_url: ApprovalBaseUrl
    approval_timeout_seconds: Annotated[int, Field(ge=1, le=259200)] = 14400


class ApprovalApiSettings(ApprovalSettings, ApproverSettings, ChatSettings):
    """Environment of `approval_api`."""

    approval_base_url: ApprovalBaseUrl


class OidcSettings(Settings):
    """Which OpenID Connect provider signs people in to the console; by default none does."""

    oidc_issuer: str = ""
    oidc_client_id: Annotated[str, Field(validate_default=True)] = ""
    oidc_secret_arn: str = ""
    oidc_name_claim: Annotated[str, Field(pattern=r"^[A-Za-z0-9_:/.-]{1,100}$")] = "email"
    oidc_viewers: str = ""

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, text: str) -> str:
        if text and not (ISSUER.fullmatch(text) or LOOPBACK_ISSUER.fullmatch(text)):
            raise PydanticCustomError(
                "issuer",
                "expected an https:// address without user name, query or fragment "
                "(http:// only for this machine)",
            )
        return text

    @field_validator("oidc_client_id")
    @classmethod
    def _client_id(cls, text: str, known: ValidationInfo) -> str:
        if known.data.get("oidc_issuer") and not text:
            raise PydanticCustomError("client", "OIDC_ISSUER needs the client's id")
        return text

    @field_validator("oidc_viewers")
    @classmethod
    def _viewers(cls, text: str) -> str:
        names = [name.strip() for name in text.split(",")] if text.strip() else []
        if not all(names) or ("*" in names and len(names) > 1):
            raise PydanticCustomError("names", "expected names separated by commas, or * alone")
        return text


class ConsoleSettings(
    ApprovalSettings,
    ApproverSettings,
    NotifierSettings,
    LimitSettings,
    SwitchSettings,
    ThresholdSettings,
    ModelCapSettings,
    OidcSettings,
):
    """Environment of `console`: what it shows of the settings, its keys, whom it tells."""

    approval_base_url: ApprovalBaseUrl


class ExecuteRestartSettings(StoreSettings, QlikSettings, LimitSettings, SwitchSettings):
    """Environment of `execute_restart`."""

    qlik_action_timeout_seconds: Annotated[int, Field(ge=1, le=180)] = 60

    def action_timeout_seconds(self) -> int:
        """Return how long Qlik may take for a run or a stop."""
        return self.qlik_action_timeout_seconds

    def read_deadline_seconds(self) -> float:
        """Return how long one of twenty readings may take that stand between a stop and a run."""
        return 15.0


class VerifyRecoverySettings(StoreSettings, NotifierSettings, QlikSettings):
    """Environment of `verify_recovery`."""

    verify_settle_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    verify_healthy_readings: Annotated[int, Field(ge=1, le=20)] = 3
    verify_max_checks: Annotated[int, Field(ge=1, le=80)] = 20
    lag_threshold_seconds: Seconds = 600

    def verification(self) -> VerificationSettings:
        """Return them as the domain names them."""
        return VerificationSettings(
            settle=timedelta(seconds=self.verify_settle_seconds),
            healthy_readings=self.verify_healthy_readings,
            max_checks=self.verify_max_checks,
            lag=timedelta(seconds=self.lag_threshold_seconds),
        )


class ConcludeIncidentSettings(StoreSettings, NotifierSettings):
    """Environment of `conclude_incident`."""


class ReportCycleSettings(StoreSettings, NotifierSettings):
    """Environment of `report_cycle`."""
