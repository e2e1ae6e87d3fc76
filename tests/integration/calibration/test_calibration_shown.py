"""Runs `python -m local.calibration` in this process, against a table on moto."""

import json
from typing import Any

import pytest

from local.calibration.__main__ import main
from local.calibration.outcomes import ENOUGH
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.domain.restart import RestartOutcome
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_precedent, later


def keep(stack: FakeStack, count: int, **changes: Any) -> None:
    """Keep so many outcomes: of ten, eight helped."""
    store = DynamoDbPrecedents(stack.table)
    for number in range(count):
        failed = number % 10 >= 8
        outcome = RestartOutcome.FAILED if failed else RestartOutcome.RECOVERED
        usual = {"incident_id": f"i-{number}", "at": later(minutes=number), "outcome": outcome}
        store.add(a_precedent(**usual | changes))


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main([*arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def groups(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["outcomes_of"], one["confidence"]): one for one in document["groups"]}


def test_every_figure_is_there_for_machines(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(stack, 40)
    keep(stack, 10, error_class="unknown", made_by="rules", stated_confidence=None)
    code, out, err = shown(capsys, "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert (document["count"], document["without_confidence"]) == (50, 0)
    by = groups(document)
    used = by["all", "used"]
    assert (used["count"], used["enough"]) == (50, True)
    assert (used["mean_confidence"], used["helped_share"]) == (0.8, 0.8)
    assert (round(used["brier"], 6), round(used["ece"], 6)) == (0.16, 0.0)
    assert round(by["by the model", "stated"]["ece"], 6) == 0.1
    assert by["class unknown", "used"]["enough"] is False
    assert ("by the rules", "stated") not in by
    assert len(used["bins"]) == 10


def test_people_see_the_tables_and_what_they_mean(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(stack, 40)
    code, out, _ = shown(capsys)
    assert code == 0
    for expected in ("by the model", "class connection", "0.160", "70% to 80%", "Brier: the mean"):
        assert expected in out
    assert "too few" not in out
    assert f"Read from table {stack.table_name}; nothing was changed." in out


def test_too_few_outcomes_are_called_so(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(stack, 9)
    keep(stack, 2, error_class="data", confidence=None, stated_confidence=None)
    code, out, _ = shown(capsys)
    assert code == 0
    assert "too few to tell" in out
    assert f"9 outcomes with a confidence are too few for conclusions: {ENOUGH}" in out
    assert "2 of 11 outcomes have no confidence" in out


def test_nothing_to_compare_is_told_and_not_shown_as_zero(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = shown(capsys)
    assert (code, out) == (1, "")
    assert "holds no restart whose outcome is known" in err
    code, out, _ = shown(capsys, "--json")
    assert (code, json.loads(out)["groups"]) == (1, [])


def test_it_only_reads(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> None:
    keep(stack, 3)
    before = stack.dump()
    shown(capsys)
    assert stack.dump() == before


def test_no_table_and_a_wrong_table_are_one_sentence(
    stack: FakeStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = shown(capsys, "--table", "no-such-table")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "there is no such table" in err
    monkeypatch.delenv("TABLE_NAME")
    code, out, err = shown(capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "no table is known" in err
