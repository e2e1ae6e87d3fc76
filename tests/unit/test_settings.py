import pytest

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.approvers import ANYONE, Approvers, Panel
from qlik_monitor.errors import ConfigurationError
from qlik_monitor.settings import (
    ApprovalApiSettings,
    ApproverSettings,
    EvaluateProposalSettings,
    ExecuteRestartSettings,
    LimitSettings,
    ModelBudgetSettings,
    MonitorTasksSettings,
    OidcSettings,
    QlikSettings,
    RequestApprovalSettings,
    Settings,
    StoreSettings,
    SwitchSettings,
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


@pytest.mark.parametrize("name", ["OPENAI_CALLS_PER_DAY", "OPENAI_TOKENS_PER_DAY"])
def test_a_number_of_tokens_is_no_secret(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{name}='-5': Input should"):
        ModelBudgetSettings.from_environment({name: "-5"})


def test_a_switch_that_is_neither_on_nor_off_says_what_to_write() -> None:
    with pytest.raises(ConfigurationError) as raised:
        SwitchSettings.from_environment({"AUTO_RESTART_ENABLED": "maybe"})
    assert str(raised.value) == "AUTO_RESTART_ENABLED='maybe': expected true or false"


@pytest.mark.parametrize(
    ("kind", "name", "most"),
    [
        (LimitSettings, "restart_window_seconds", 2592000),
        (MonitorTasksSettings, "restart_window_seconds", 2592000),
        (LimitSettings, "restart_backoff_seconds", 3600),
        (ThresholdSettings, "lag_threshold_seconds", 31536000),
        (ThresholdSettings, "stuck_task_threshold_seconds", 31536000),
        (ThresholdSettings, "recovery_threshold_seconds", 31536000),
        (EvaluateProposalSettings, "approval_timeout_seconds", 259200),
        (RequestApprovalSettings, "approval_timeout_seconds", 259200),
        (EvaluateProposalSettings, "verify_interval_seconds", 3600),
        (VerifyRecoverySettings, "verify_settle_seconds", 3600),
    ],
)
def test_no_duration_is_so_long_that_no_clock_could_hold_it(
    kind: type[Settings], name: str, most: int
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        kind.from_environment({name.upper(): str(10**18)})
    assert f"{name.upper()}='{10**18}': Input should be less than or equal to {most}" in str(
        raised.value
    )


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


def test_without_approvers_one_answer_of_anyone_is_enough() -> None:
    assert ApproverSettings.from_environment({}).panel_rules() == Approvers()
    assert Approvers().panel_for(Action.RELOAD_TABLE) == Panel(approvers=(ANYONE,), needed=1)


def test_approvers_are_read_as_the_domain_reads_them() -> None:
    environment = {
        "APPROVERS": "ana@example.com=U01, ben",
        "DESTRUCTIVE_APPROVERS": "ana@example.com, ben",
        "APPROVALS_NEEDED": "low=1, destructive=2",
    }
    rules = ApproverSettings.from_environment(environment).panel_rules()
    assert rules == Approvers.parse(*environment.values())
    assert rules.panel_for(Action.RELOAD_TABLE).needed == 2


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"APPROVERS": "ana, ana"}, "APPROVERS has the name ana twice"),
        (
            {"DESTRUCTIVE_APPROVERS": "eve"},
            "DESTRUCTIVE_APPROVERS has eve, who is no approver; "
            "allowed: none, as APPROVERS is empty",
        ),
        (
            {"APPROVERS": "ana", "APPROVALS_NEEDED": "low=2"},
            "APPROVALS_NEEDED has low=2, and 1 may agree",
        ),
        (
            {"APPROVERS": "ana", "APPROVALS_NEEDED": "{low}"},
            "APPROVALS_NEEDED has '{low}'; expected one of low, moderate, high, destructive, "
            "then = and a number from 1",
        ),
    ],
    ids=["twice", "no approver", "too many", "malformed"],
)
def test_approvers_that_contradict_each_other_are_one_clear_sentence(
    environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        ApproverSettings.from_environment(environment)
    assert str(raised.value) == sentence


def test_a_contradiction_does_not_hide_what_else_is_wrong() -> None:
    environment = {"APPROVAL_BASE_URL": "ftp://x", "DESTRUCTIVE_APPROVERS": "eve"}
    with pytest.raises(ConfigurationError) as raised:
        ApprovalApiSettings.from_environment(environment)
    for words in ("TABLE_NAME is not set", "APPROVAL_BASE_URL='ftp://x'", "has eve, who is no"):
        assert words in str(raised.value)


@pytest.mark.parametrize(
    ("issuer", "allowed"),
    [
        ("", True),
        ("https://login.example.com", True),
        ("https://login.example.com:8443/tenant/v2.0/", True),
        ("http://127.0.0.1:8091", True),
        ("http://localhost/realms/a", True),
        ("http://login.example.com", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1:8091@example.com", False),
        ("https://ada:secret@example.com", False),
        ("https://login.example.com/?tenant=a", False),
        ("https://login.example.com/#a", False),
        ("https://", False),
        ("login.example.com", False),
    ],
)
def test_people_are_sent_to_a_provider_by_https_alone(issuer: str, allowed: bool) -> None:
    environment = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "console"}
    if allowed:
        assert OidcSettings.from_environment(environment).oidc_issuer == issuer
        return
    with pytest.raises(ConfigurationError, match=r"OIDC_ISSUER=.* expected an https:// address"):
        OidcSettings.from_environment(environment)


def test_a_provider_needs_to_know_its_client() -> None:
    with pytest.raises(ConfigurationError, match="OIDC_CLIENT_ID is not set: OIDC_ISSUER needs"):
        OidcSettings.from_environment({"OIDC_ISSUER": "https://login.example.com"})


@pytest.mark.parametrize("names", ["*,ada", "ada,,grace", ","])
def test_viewers_are_names_or_everybody(names: str) -> None:
    with pytest.raises(ConfigurationError, match=r"OIDC_VIEWERS=.*names separated by commas"):
        OidcSettings.from_environment({"OIDC_VIEWERS": names})
    for good in ("*", "", "ada, grace"):
        assert OidcSettings.from_environment({"OIDC_VIEWERS": good}).oidc_viewers == good


def test_nobody_signs_in_by_a_provider_unless_someone_says_so() -> None:
    off = OidcSettings()
    assert (off.oidc_issuer, off.oidc_viewers, off.oidc_name_claim) == ("", "", "email")
