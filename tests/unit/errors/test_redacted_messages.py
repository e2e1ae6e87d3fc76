"""Messages are classified as they are read, that is redacted: no blot may hide what forbids."""

import pytest

from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.class_actions import forbids_restart
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.task import StopReason, TaskState
from tests.fakes.builders import an_aborted

CATALOGUE = built_in_catalogue()
FORBIDDING = [
    text
    for entry in CATALOGUE.entries
    if forbids_restart(entry.error_class)
    for text in entry.examples
]


def class_of(message: str) -> ErrorClass:
    return CATALOGUE.classify(TaskState.ERROR, StopReason.FATAL_ERROR, message)


@pytest.mark.parametrize("message", FORBIDDING)
def test_no_example_of_what_forbids_a_restart_becomes_curable_by_redaction(message: str) -> None:
    assert class_of(redact(message)) not in CURABLE


@pytest.mark.parametrize(
    "message",
    [
        "Connection lost; password: expired",
        "password: authentication failed, connection to server closed",
        "FATAL: password: wrong. connection refused",
        "Connection failed. Credential: licence invalid",
        "connection error: secret: permission denied",
        "api-key: unauthorized; connection timed out",
        "token: expired; the connection was closed",
    ],
)
def test_what_a_message_says_of_a_secret_is_read_before_anything_curable(message: str) -> None:
    assert class_of(message) not in CURABLE
    assert class_of(redact(message)) not in CURABLE


@pytest.mark.parametrize(
    "message",
    [
        "Failed to connect, connection closed; login token=invalid_grant",
        "connection lost; pwd=ORA-01017",
        "connection refused; session_id=expired",
    ],
)
def test_a_message_of_which_something_was_blotted_out_is_never_curable(message: str) -> None:
    read = an_aborted(message=redact(message))
    assert CATALOGUE.class_of(read) not in CURABLE


def test_an_error_code_behind_a_tables_name_is_not_blotted() -> None:
    message = "'PASSWORD_RESET': ORA-03113: end-of-file on communication channel"
    assert redact(message) == message
    assert class_of(redact(message)) is ErrorClass.CONNECTION


def test_the_name_of_a_secret_in_secrets_manager_stays_readable() -> None:
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:qlik-monitor-prod/qlik-AbCdEf"
    assert redact(f"AccessDenied on {arn}") == f"AccessDenied on {arn}"
