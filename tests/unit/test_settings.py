import pytest

from qlik_monitor.errors import ConfigurationError
from qlik_monitor.settings import (
    EvaluateProposalSettings,
    ExecuteRestartSettings,
    LimitSettings,
    MonitorTasksSettings,
    QlikSettings,
    RequestApprovalSettings,
    Settings,
    StoreSettings,
    ThresholdSettings,
    VerifyRecoverySettings,
)


class TokenSettings(Settings):
    """Settings with a secret in them."""

    api_token: int


def test_a_field_reads_the_variable_of_its_name() -> None:
    assert StoreSettings.from_environment({"TABLE_NAME": "agent"}).table_name == "agent"


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_not_set(value: str) -> None:
    assert ThresholdSettings.from_environment({"LAG_THRESHOLD_SECONDS": value}) == (
        ThresholdSettings()
    )
    with pytest.raises(ConfigurationError, match="TABLE_NAME is not set"):
        StoreSettings.from_environment({"TABLE_NAME": value})


@pytest.mark.parametrize("value", ["0", "21", "three", "2.5"])
def test_a_wrong_value_is_named_and_shown(value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"MAX_RESTART_ATTEMPTS='{value}': Input should"):
        LimitSettings.from_environment({"MAX_RESTART_ATTEMPTS": value})


def test_there_is_always_a_pause_between_two_restarts_of_a_task() -> None:
    with pytest.raises(ConfigurationError, match="RESTART_BACKOFF_SECONDS='0': Input should"):
        LimitSettings.from_environment({"RESTART_BACKOFF_SECONDS": "0"})


def test_a_wrong_secret_is_named_and_not_shown() -> None:
    with pytest.raises(ConfigurationError, match=r"API_TOKEN=\(hidden\)") as raised:
        TokenSettings.from_environment({"API_TOKEN": "hunter2"})
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as raised:
        RequestApprovalSettings.from_environment({"APPROVAL_BASE_URL": "ftp://x"})
    for name in ("TABLE_NAME", "TOPIC_ARN", "APPROVAL_SECRET_ARN", "APPROVAL_BASE_URL='ftp://x'"):
        assert name in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "own_limit"),
    [
        (MonitorTasksSettings, 240),
        (EvaluateProposalSettings, 150),
        (ExecuteRestartSettings, 600 / 20),
        (VerifyRecoverySettings, 60),
    ],
)
def test_a_reading_ends_well_before_the_function_that_makes_it(
    kind: type[QlikSettings], own_limit: float
) -> None:
    settings = kind.model_construct(qlik_api_endpoint="", qlik_secret_arn="")
    assert settings.read_deadline_seconds() <= 0.75 * own_limit


def test_nothing_acts_alone_unless_someone_says_so() -> None:
    assert EvaluateProposalSettings.model_fields["auto_restart_enabled"].default is False
