from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind, Evidence, Severity, Subject
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.fingerprint import fingerprint, steady
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.task import StopReason, TaskState
from tests.fakes.builders import a_restart, an_aborted, an_anomaly, an_incident, later


def of(
    incident: Incident | None = None,
    history: tuple[Restart, ...] = (),
    model: str = "gpt-4o",
    instructions: str = "advise",
) -> str:
    about = an_incident() if incident is None else incident
    return fingerprint(about, history, model=model, instructions=instructions)


def with_message(text: str) -> Incident:
    return an_incident(snapshot=an_aborted(message=text))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "another"},
        {"cycle": "cycle-2"},
        {"updated_at": later(hours=1), "lease_until": later(hours=2)},
        {"snapshot": an_aborted(observed_at=later(hours=1), total_latency_seconds=900)},
        {"snapshot": an_aborted(memory_mb=3, data_error_count=7)},
        {"anomalies": (an_anomaly(evidence=(Evidence(name="total latency", value="9 s"),)),)},
    ],
    ids=["id", "cycle", "times", "latency", "readings", "evidence"],
)
def test_an_unchanged_illness_keeps_its_fingerprint(changes: dict[str, Any]) -> None:
    assert of(an_incident(**changes)) == of()


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": Subject(server="prod", task="orders2")},
        {"subject": Subject(server="test", task="orders")},
        {"subject": Subject(server="prod/orders")},
        {"anomalies": (an_anomaly(), an_anomaly(AnomalyKind.FLAPPING))},
        {"anomalies": (an_anomaly(severity=Severity.WARNING),)},
        {"anomalies": (an_anomaly(summary="custom rule 'night' holds"),)},
        {"snapshot": an_aborted(state=TaskState.STOPPED)},
        {"snapshot": an_aborted(stop_reason=StopReason.RECOVERABLE_ERROR)},
        {"snapshot": an_aborted(message="ORA-12541: no listener")},
        {"snapshot": None},
        {"error_class": ErrorClass.CHECKPOINT},
        {"attempt": 2},
    ],
    ids="-".join,
)
def test_another_illness_has_another_fingerprint(changes: dict[str, Any]) -> None:
    assert of(an_incident(**changes)) != of()


@pytest.mark.parametrize(
    "other",
    [
        {"model": "gpt-4o-mini"},
        {"instructions": "advise well"},
        {"history": (a_restart(outcome=RestartOutcome.FAILED),)},
    ],
    ids=["model", "instructions", "history"],
)
def test_another_question_has_another_fingerprint(other: dict[str, Any]) -> None:
    assert of(**other) != of()


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": RestartOutcome.RECOVERED},
        {"action": Action.STOP_AND_RESUME},
        {"table": "sales.orders"},
    ],
)
def test_what_became_of_restarts_counts(changes: dict[str, Any]) -> None:
    failed = {"outcome": RestartOutcome.FAILED}
    assert of(history=(a_restart(**failed | changes),)) != of(history=(a_restart(**failed),))


def test_when_restarts_were_does_not_count() -> None:
    earlier, other = a_restart(), a_restart(requested_at=later(hours=3), detail="took 12 s")
    assert of(history=(earlier,)) == of(history=(other,))


def test_the_order_of_findings_does_not_count() -> None:
    both = (an_anomaly(), an_anomaly(AnomalyKind.DATA_ERRORS))
    assert of(an_incident(anomalies=both)) == of(an_incident(anomalies=both[::-1]))


def test_a_fingerprint_gives_nothing_away() -> None:
    assert len(of()) == 64
    assert set(of()) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    ("said", "said_again"),
    [
        ("lost at 2026-03-02T12:00:00.123Z", "lost at 2026-03-02T17:31:09.871Z"),
        ("lost at 2026-03-02 12:00:00", "lost at 2026-03-03 01:00:00"),
        ("lost at 12:00:01", "lost at 3:17:59"),
        (
            "session 6ba7b810-9dad-11d1-80b4-00c04fd430c8 ended",
            "session 16fd2706-8baf-433b-82eb-8c7fada847da ended",
        ),
        ("SCN 4711 is behind by 12.5 MB", "SCN 991234 is behind by 7 MB"),
        ("LSN 0000a1b2:00001f2c:0003 read", "LSN 0000a1b9:00001f2d:0117 read"),
        ("at 0x7fff12ab", "at 0x7fff99cd"),
        ("task   is\ndown", "task is down"),
        (
            "[SOURCE_CAPTURE]E: lost (oracle_endpoint.c:1234)",
            "[SOURCE_CAPTURE]E: lost (oracle_endpoint.c:977)",
        ),
    ],
)
def test_what_differs_each_time_does_not_count(said: str, said_again: str) -> None:
    assert of(with_message(said)) == of(with_message(said_again))


@pytest.mark.parametrize(
    ("said", "otherwise"),
    [
        ("ORA-03113: lost", "ORA-12541: lost"),
        ("SQL error 1205", "SQL error 823"),
        ("NativeError: 18456", "NativeError: 10054"),
        ("RetCode: SQL_ERROR SqlState: 42000", "RetCode: SQL_ERROR SqlState: 23000"),
        ("SqlState 08S01", "SqlState 08S02"),
        ("failed with code -2147467259", "failed with code -2147217871"),
        ("failed [1022502]", "failed [1020417]"),
        ("HTTP 503", "HTTP 403"),
        ("cannot reach 10.0.0.5", "cannot reach 10.0.0.6"),
        ("table sales.orders_2025 is suspended", "table sales.orders_2026 is suspended"),
        ("table sales.2025 is suspended", "table sales.2026 is suspended"),
        ("table 'sales'.'2025' is suspended", "table 'sales'.'2026' is suspended"),
        ('table "2025" is suspended', 'table "2026" is suspended'),
    ],
)
def test_codes_and_names_count(said: str, otherwise: str) -> None:
    assert of(with_message(said)) != of(with_message(otherwise))


@given(st.text(max_size=400))
def test_steadying_again_changes_nothing(text: str) -> None:
    assert steady(steady(text)) == steady(text)
