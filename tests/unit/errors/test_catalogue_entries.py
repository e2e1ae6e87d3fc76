"""Every entry of the built-in catalogue, one by one: what it fits, and what it does not."""

import re

import pytest

from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.class_actions import STRICTEST_FIRST
from qlik_monitor.domain.error_catalogue import ErrorCatalogue, Found
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.error_entry import ErrorEntry
from qlik_monitor.domain.linear_pattern import not_linear
from qlik_monitor.domain.task import StopReason, TaskState

CATALOGUE = built_in_catalogue()
ENTRIES = CATALOGUE.entries
EXAMPLES = [(entry, text) for entry in ENTRIES for text in entry.examples]
LOOK_ALIKES = [(entry, text) for entry in ENTRIES for text in entry.look_alikes]
PATTERNS = [(entry, pattern) for entry in ENTRIES for pattern in entry.patterns]


def found_by(catalogue: ErrorCatalogue, entry: ErrorEntry, message: str) -> Found | None:
    state = entry.states[0] if entry.states else TaskState.ERROR
    reason = entry.stop_reasons[0] if entry.stop_reasons else StopReason.FATAL_ERROR
    return catalogue.entry_for(state, reason, message)


@pytest.mark.parametrize(("entry", "message"), EXAMPLES, ids=[text for _, text in EXAMPLES])
@pytest.mark.parametrize("case", [str, str.upper], ids=["as it is", "upper case"])
def test_an_example_is_decided_by_its_entry(
    entry: ErrorEntry, message: str, case: type[str]
) -> None:
    found = found_by(CATALOGUE, entry, case(message))
    assert found is not None
    assert (found.name, found.error_class) == (entry.name, entry.error_class)


@pytest.mark.parametrize(("entry", "message"), LOOK_ALIKES, ids=[text for _, text in LOOK_ALIKES])
def test_a_look_alike_is_not_taken_for_it(entry: ErrorEntry, message: str) -> None:
    assert found_by(ErrorCatalogue((entry,)), entry, message) is None


@pytest.mark.parametrize(
    ("entry", "pattern"), PATTERNS, ids=[f"{entry.name}: {one}" for entry, one in PATTERNS]
)
def test_a_pattern_has_an_example_and_costs_little(entry: ErrorEntry, pattern: str) -> None:
    assert any(re.search(pattern, example.lower()) for example in entry.examples)
    assert not_linear(pattern) is None


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_an_entry_says_why_and_names_what_it_is_not(entry: ErrorEntry) -> None:
    assert entry.why.endswith(".")
    assert len(entry.why.split()) > 4
    assert entry.look_alikes or not entry.patterns


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (StopReason.STOPPED_LOW_MEMORY, ErrorClass.RESOURCE),
        (StopReason.STOPPED_LOW_DISK_SPACE, ErrorClass.RESOURCE),
        (StopReason.EXPRESS_LICENSE_LIMITS_REACHED, ErrorClass.LICENSE),
        (StopReason.STOPPED_AFTER_DDL_APPLY, ErrorClass.SCHEMA),
    ],
)
@pytest.mark.parametrize("message", ["", "connection lost"])
def test_a_stop_reason_that_says_it_needs_no_message(
    reason: StopReason, message: str, expected: ErrorClass
) -> None:
    assert CATALOGUE.classify(TaskState.STOPPED, reason, message) is expected


def test_every_class_but_unknown_has_entries_and_the_curable_ones_come_last() -> None:
    classes = [entry.error_class for entry in ENTRIES]
    assert set(classes) == set(ErrorClass) - {ErrorClass.UNKNOWN}
    assert classes == sorted(classes, key=STRICTEST_FIRST.index)
    assert set(STRICTEST_FIRST[-2:]) == CURABLE
    assert len(ENTRIES) >= 60
