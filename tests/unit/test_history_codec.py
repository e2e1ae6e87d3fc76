"""The stored form of history: whatever Qlik may say comes back as it was, and costs little."""

import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.adapters import history_codec
from qlik_monitor.adapters.history_codec import (
    NUMBERS,
    STATES,
    STOP_REASONS,
    UnknownForm,
    pack,
    unpack,
)
from qlik_monitor.domain.history import HistoryPoint, point_of
from qlik_monitor.domain.task import StopReason, TaskState
from tests.fakes.builders import NOON, later
from tests.fakes.history import a_point
from tests.fakes.strategies import names, snapshots

numbers = st.none() | st.integers(0, 300) | st.integers(0, 2**80)
points = st.builds(
    HistoryPoint,
    at=st.integers(0, 10**6).map(lambda seconds: later(seconds=seconds)),
    state=st.sampled_from(TaskState),
    stop_reason=st.sampled_from(StopReason),
    **dict.fromkeys(NUMBERS, numbers),
)


@given(st.dictionaries(names, points, max_size=8))
def test_any_points_survive_packing(stored: dict[str, HistoryPoint]) -> None:
    packed = unpack(pack(stored))
    assert {name: packed.point(name) for name in packed.places} == stored


@given(st.dictionaries(names, snapshots().map(point_of), max_size=5))
def test_any_reading_survives_packing(stored: dict[str, HistoryPoint]) -> None:
    packed = unpack(pack(stored))
    assert {name: packed.point(name) for name in packed.places} == stored


@pytest.mark.parametrize("name", ["Aufträge €", "受注", "a/b", 'quote"', "a\x00b", "\ud800", " "])
def test_any_name_survives_packing(name: str) -> None:
    assert unpack(pack({name: a_point()})).point(name) == a_point()


def test_unknown_is_not_zero() -> None:
    unknown: dict[str, Any] = dict.fromkeys(NUMBERS)
    stored = {"unknown": a_point(**unknown), "zero": a_point(**dict.fromkeys(NUMBERS, 0))}
    packed = unpack(pack(stored))
    assert packed.point("unknown") == stored["unknown"]
    assert packed.point("zero") == stored["zero"]


def test_a_task_that_is_not_in_it_has_no_point() -> None:
    assert unpack(pack({"a": a_point()})).point("b") is None
    assert unpack(pack({})).point("b") is None


def test_every_state_and_stop_reason_has_a_stored_form() -> None:
    assert set(STATES) == set(TaskState)
    assert set(STOP_REASONS) == set(StopReason)


def test_every_number_of_a_point_is_stored() -> None:
    assert set(HistoryPoint.__slots__) == {"at", "state", "stop_reason", *NUMBERS}


def test_the_stored_form_is_this_and_stays_this() -> None:
    stored = pack({"b": a_point(1, applied=None, memory_mb=70_000), "a": a_point()})
    assert stored[0] == 1
    assert zlib.decompress(stored[1:]).hex() == (
        f"{int(NOON.timestamp()):016x}"  # begins
        "0c" "010101010101010103000000"  # twelve columns, and the bytes of each
        "00000009" + b'["a","b"]'.hex()  # names
        + "013d" "0101" "0101" "0202" "0303" "0101" "6500" "3333"
        "0071" "0011" "0001"  # 70,001 as lowest, middle and highest bytes
    )  # fmt: skip


def test_a_later_version_is_refused_by_its_number() -> None:
    with pytest.raises(UnknownForm, match="version is 2, not 1"):
        unpack(b"\x02" + pack({"a": a_point()})[1:])


@pytest.mark.parametrize(
    "packed",
    [b"", b"\x01", b"\x01nonsense", b"\x01" + zlib.compress(b"{}"), pack({"a": a_point()})[:-9]],
    ids=["nothing", "only a version", "no zlib", "too short", "cut off"],
)
def test_nonsense_is_refused(packed: bytes) -> None:
    with pytest.raises(UnknownForm):
        unpack(packed)


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_or_read_but_never_fail_otherwise(body: bytes) -> None:
    try:
        packed = unpack(b"\x01" + zlib.compress(body))
    except UnknownForm:
        return
    for name in packed.places:
        packed.point(name)


def test_columns_of_a_later_release_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later_release:
        later_release.setattr(history_codec, "NUMBERS", (*NUMBERS, "memory_mb"))
        stored = pack({"a": a_point(memory_mb=5)})
    assert unpack(stored).point("a") == a_point(memory_mb=5)


def test_columns_that_an_earlier_release_did_not_store_are_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as earlier_release:
        earlier_release.setattr(history_codec, "NUMBERS", NUMBERS[:-1])
        stored = pack({"a": a_point(tables_with_error=5)})
    assert unpack(stored).point("a") == a_point(tables_with_error=None)


def test_words_of_a_later_release_are_unknown_states(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = pack({"a": a_point(state=TaskState.UNKNOWN, stop_reason=StopReason.UNKNOWN)})
    monkeypatch.setattr(history_codec, "STATES", STATES[:1])
    monkeypatch.setattr(history_codec, "STOP_REASONS", STOP_REASONS[:1])
    point = unpack(stored).point("a")
    assert point
    assert (point.state, point.stop_reason) == (TaskState.UNKNOWN, StopReason.UNKNOWN)


def test_ordinary_tasks_take_some_twenty_bytes_each() -> None:
    fleet = {
        f"SAP_ORDERS_{number:04}": a_point(
            applied=1_000_000_007 * (number + 3) % 10**9,
            memory_mb=number * 37 % 900,
            total_latency_seconds=number % 7,
            waiting=number * 11 % 50,
        )
        for number in range(500)
    }
    assert len(pack(fleet)) < 20 * len(fleet)
