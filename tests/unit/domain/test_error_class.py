import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.error_class import CURABLE, ErrorClass, classify


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("ORA-03113: end-of-file on communication channel", ErrorClass.CONNECTION),
        ("Task 'orders' encountered a recoverable error", ErrorClass.CONNECTION),
        ("Cannot connect to middleware host: timed out", ErrorClass.CONNECTION),
        ("The specified network name is no longer available", ErrorClass.CONNECTION),
        ("ORA-01017: invalid username/password; logon denied", ErrorClass.AUTHENTICATION),
        ("Connection refused: password expired", ErrorClass.AUTHENTICATION),
        ("SSL handshake failed: certificate expired, connection closed", ErrorClass.CERTIFICATE),
        ("The license of this server has expired", ErrorClass.LICENSE),
        ("archived redo log 12 is missing", ErrorClass.LOG_POSITION_LOST),
        ("LSN 0x12 is no longer available on the source", ErrorClass.LOG_POSITION_LOST),
        ("Failed to read the checkpoint", ErrorClass.CHECKPOINT),
        ("No space left on device", ErrorClass.RESOURCE),
        ("Captured a DDL that is not supported", ErrorClass.SCHEMA),
        ("Duplicate key value violates unique constraint", ErrorClass.DATA),
        ("Something odd", ErrorClass.UNKNOWN),
        ("", ErrorClass.UNKNOWN),
    ],
)
def test_a_message_has_the_class_of_its_trouble(message: str, expected: ErrorClass) -> None:
    assert classify(message) is expected
    assert classify(message.upper()) is expected


@given(
    st.sampled_from(["login failed", "license expired", "certificate unknown", "disk full"]),
    st.sampled_from(["connection lost", "network down", "timed out"]),
    st.booleans(),
)
def test_what_must_not_be_resumed_wins_over_what_may(
    lasting: str, passing: str, first: bool
) -> None:
    text = f"{lasting}: {passing}" if first else f"{passing}: {lasting}"
    assert classify(text) not in CURABLE


@given(st.text(max_size=300))
def test_every_message_has_one_class(message: str) -> None:
    assert classify(message) in ErrorClass
