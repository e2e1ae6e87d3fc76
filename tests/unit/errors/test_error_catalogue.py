import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.class_actions import (
    OF_TABLES,
    SENSIBLE,
    STRICTEST_FIRST,
    forbids_restart,
)
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.task import FullLoad, StopReason, TaskState
from tests.fakes.builders import LOST_CONNECTION, a_snapshot, an_aborted

CATALOGUE = built_in_catalogue()
ABORTED = (TaskState.ERROR, StopReason.FATAL_ERROR)
CURABLE_EXAMPLES = [
    text for entry in CATALOGUE.entries if entry.error_class in CURABLE for text in entry.examples
]
FORBIDDING_EXAMPLES = [
    text
    for entry in CATALOGUE.entries
    if entry.error_class not in CURABLE and not entry.stop_reasons
    for text in entry.examples
]


def class_of(message: str) -> ErrorClass:
    return CATALOGUE.classify(*ABORTED, message)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Task 'orders' encountered a recoverable error", ErrorClass.CONNECTION),
        ("The specified network name is no longer available", ErrorClass.CONNECTION),
        ("The database was restarted", ErrorClass.ENDPOINT_RESTART),
        (
            "RetCode: SQL_ERROR SqlState: 08001 NativeError: 18456 Message: Login failed for user",
            ErrorClass.AUTHENTICATION,
        ),
        ("Connection refused: password expired", ErrorClass.AUTHENTICATION),
        ("TLS handshake: connection closed", ErrorClass.CERTIFICATE),
        ("Table ORDERS was suspended: ORA-00001", ErrorClass.TABLE_SUSPENDED),
        ("Swap file is corrupt: no space left on device", ErrorClass.RESOURCE),
        ("Lock wait timeout exceeded; try restarting transaction", ErrorClass.UNKNOWN),
        ("ORA-00600: internal error code", ErrorClass.UNKNOWN),
        ("Something odd", ErrorClass.UNKNOWN),
        ("", ErrorClass.UNKNOWN),
    ],
)
def test_a_message_has_the_class_of_its_trouble(message: str, expected: ErrorClass) -> None:
    assert class_of(message) is expected


@given(
    st.sampled_from(FORBIDDING_EXAMPLES),
    st.sampled_from(CURABLE_EXAMPLES),
    st.sampled_from([": ", "; ", " ... "]),
    st.booleans(),
)
def test_what_must_not_be_resumed_wins_over_what_may(
    lasting: str, passing: str, between: str, first: bool
) -> None:
    text = between.join((lasting, passing) if first else (passing, lasting))
    assert class_of(text) not in CURABLE


@given(st.sampled_from(CURABLE_EXAMPLES), st.sampled_from("'\"`"), st.booleans())
def test_a_name_in_quotes_makes_no_error_curable(name: str, quote: str, cut: bool) -> None:
    inside = name.replace(quote, "")
    text = f"Task {quote}{inside}" + ("" if cut else f"{quote} met an odd error")
    assert class_of(text) not in CURABLE


@given(
    st.sampled_from(TaskState),
    st.sampled_from(StopReason),
    st.text(max_size=300) | st.text(alphabet="conetis lrad'\"`-03.:", max_size=2000),
)
def test_every_message_has_one_class(state: TaskState, reason: StopReason, message: str) -> None:
    assert CATALOGUE.classify(state, reason, message) in ErrorClass


def test_an_explanation_names_the_entry_and_its_reason() -> None:
    found = CATALOGUE.entry_for(*ABORTED, LOST_CONNECTION)
    assert found is not None
    assert (found.name, found.own, found.overruled) == ("Oracle connection lost", False, "")
    assert found.why.endswith("a resume picks up.")
    assert CATALOGUE.entry_for(*ABORTED, "odd") is None


@pytest.mark.parametrize("message", [LOST_CONNECTION, "The database was restarted"])
@pytest.mark.parametrize("in_error", [0, 1, None])
def test_a_running_task_has_no_curable_error(message: str, in_error: int | None) -> None:
    full_load = FullLoad(tables_with_error=in_error)
    assert a_snapshot(message=message, full_load=full_load).error_class is ErrorClass.UNKNOWN


def test_an_old_message_of_a_running_task_still_forbids() -> None:
    for message in ("Login failed", "No space left on device", "Swap file is corrupt"):
        assert a_snapshot(message=message).error_class is an_aborted(message=message).error_class


@pytest.mark.parametrize("message", ["Table A was suspended", "ORA-00942", "ORA-00001"])
def test_a_running_task_has_a_tables_error_only_while_a_table_is_in_error(message: str) -> None:
    ill, well = FullLoad(tables_with_error=1), FullLoad(tables_with_error=0)
    assert a_snapshot(message=message, full_load=ill).error_class in OF_TABLES
    for full_load in (well, FullLoad()):
        assert a_snapshot(message=message, full_load=full_load).error_class is ErrorClass.UNKNOWN


def test_every_class_has_its_actions_and_a_place_in_the_order() -> None:
    assert set(SENSIBLE) == set(ErrorClass)
    assert set(STRICTEST_FIRST) == set(ErrorClass) - {ErrorClass.UNKNOWN}
    assert len(STRICTEST_FIRST) == len(set(STRICTEST_FIRST))
    allow = [not forbids_restart(one) for one in STRICTEST_FIRST]
    assert allow == sorted(allow), "what forbids a restart stands before what does not"
    assert {one for one in STRICTEST_FIRST if not forbids_restart(one)} == CURABLE
