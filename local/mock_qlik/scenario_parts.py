"""The smaller parts of a scenario: credentials, spelling, faults, endpoints, licences."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from local.mock_qlik.vocabulary import ErrorCode, LicenseState

Seconds = Annotated[float, Field(ge=0)]
Name = Annotated[str, Field(min_length=1)]


def _regular_expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return text


class Spec(BaseModel):
    """A part of a scenario: unknown fields are refused by name, with those there are."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_fields(cls, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := data.keys() - cls.model_fields.keys()):
            allowed = ", ".join(sorted(cls.model_fields))
            raise ValueError(f"unknown field {', '.join(sorted(unknown))}; allowed: {allowed}")
        return data


class Credentials(Spec):
    """Who may log in: by user and password, personal access token, or JWT."""

    username: Name = "monitor"
    password: Annotated[str, Field(min_length=1, pattern=r"^[^:]*$")] = "mock-password"
    api_token: Name = "mock-api-token"
    jwt: Name = "mock-jwt"


class Spelling(Spec):
    """Which of the disputed forms the server uses; the defaults are the likelier ones."""

    recovery: Literal["RECOVERY", "RECOVERING"] = "RECOVERY"
    task_wrapper: bool = False
    server_details: Literal["server_details", "serverDetails"] = "server_details"
    license: Literal["VALID_LICENSE", "LICENSE_VALID"] = "VALID_LICENSE"
    user_name: Literal["user_name", "username"] = "user_name"
    details_type: Literal["$type", "type"] = "$type"
    latency_when_down: Literal["00:00:00", ""] = "00:00:00"
    export_comment: bool = True
    invalid_session_status: Literal[401, 403, 400, 500] = 401
    statuses: dict[ErrorCode, Annotated[int, Field(ge=200, le=599)]] = {}


class Fault(Spec):
    """A disturbance of the requests that match it, from a time on, for a while or a few times."""

    kind: Literal["status", "slow", "drop", "malformed", "expire_sessions"]
    path: Annotated[str, AfterValidator(_regular_expression)] = ".*"
    method: Literal["GET", "POST", "PUT"] | None = None
    at_seconds: float | None = None
    lasts_seconds: Seconds | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    every: Annotated[int, Field(ge=1)] = 1
    after_the_call: bool = False
    status: Annotated[int, Field(ge=200, le=599)] = 500
    retry_after_seconds: int | None = None
    delay_seconds: Seconds = 1.0
    body: str | None = None


class EndpointSpec(Spec):
    """A source or target of tasks, and what a test of its connection says."""

    name: Name
    type: str = "MICROSOFT_SQL_SERVER"
    status: Literal["CONNECTED", "ERROR", "UNKNOWN"] = "CONNECTED"
    message: str = ""

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, data: Any) -> Any:
        return {"name": data} if isinstance(data, str) else data


class LicenseSpec(Spec):
    """A server's licence."""

    state: LicenseState = LicenseState.VALID_LICENSE
    issue_date: str = "2024-01-01"
    expiration: str = "2030-12-31"
    days_to_expiration: int = 365
