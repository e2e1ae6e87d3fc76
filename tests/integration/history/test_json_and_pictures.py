from pathlib import Path
from xml.etree import ElementTree

import pytest

from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import TaskId, TaskState
from tests.fakes.builders import TASK
from tests.fakes.history import a_point
from tests.integration.history.running import Past


def test_json_holds_every_reading_with_nulls_for_the_unknown(past: Past) -> None:
    past.steady(range(30, 60, 5))
    past.store(HistoryPoint(at=past.ago(minutes=1), state=TaskState.UNKNOWN))
    past.restart(past.ago(minutes=40))
    ran = past("--json")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.isascii()
    assert (ran.json["task"], ran.json["unreadable"]) == ("prod/orders", 0)
    assert len(ran.json["points"]) == 7
    first, last = ran.json["points"][0], ran.json["points"][-1]
    assert (first["state"], first["total_latency_seconds"]) == ("RUNNING", 2)
    assert last["at"] == past.ago(minutes=1).isoformat()
    assert {name: value for name, value in last.items() if value is not None} == {
        "at": last["at"],
        "state": "UNKNOWN",
        "stop_reason": "UNKNOWN",
    }
    assert [gap["until"] for gap in ran.json["gaps"]] == [last["at"]]
    assert [one["outcome"] for one in ran.json["restarts"]] == ["recovered"]


def test_only_so_many_days_are_read(past: Past) -> None:
    past.steady([5, 23 * 60, 25 * 60, 13 * 24 * 60, 15 * 24 * 60])
    found = {days: len(past("--json", f"--days={days}").json["points"]) for days in ("1", "400")}
    assert found == {"1": 2, "400": 5}
    assert len(past("--json").json["points"]) == 4
    assert len(past("--json", "--days=0.01").json["points"]) == 1


@pytest.mark.parametrize("name", ["orders", "$x_1^2$ {", "受注", "<&>"])
def test_pictures_are_drawn_whatever_the_name_is(name: str, past: Past, tmp_path: Path) -> None:
    png, svg = tmp_path / "trend.png", tmp_path / "trend.svg"
    task = TaskId(server="prod", task=name)
    for minutes in (*range(0, 200, 5), *range(400, 600, 5)):
        state = TaskState.ERROR if 60 < minutes < 90 else TaskState.RUNNING
        past.store(a_point(at=past.ago(minutes=minutes), state=state), task=task)
    past.restart(past.ago(minutes=60), task=task)
    ran = past("--png", str(png), "--svg", str(svg), task=str(task))

    assert (ran.code, ran.err) == (0, "")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")


def test_a_picture_of_unknown_numbers_is_drawn_as_well(past: Past, tmp_path: Path) -> None:
    past.store(HistoryPoint(at=past.now, state=TaskState.UNKNOWN))
    assert past("--png", str(tmp_path / "trend.png")).code == 0


def test_the_same_readings_make_the_same_picture(past: Past, tmp_path: Path) -> None:
    past.steady(range(0, 60, 5))
    first, second = tmp_path / "1.svg", tmp_path / "2.svg"
    past("--svg", str(first))
    past("--svg", str(second))
    assert first.read_bytes() == second.read_bytes()


def test_a_picture_that_cannot_be_written_does_not_hide_the_table(
    past: Past, tmp_path: Path
) -> None:
    past.steady([5, 0])
    ran = past("--png", str(tmp_path / "no" / "trend.png"))
    assert ran.code == 2
    assert ran.err.startswith("--png ")
    assert "it cannot be written" in ran.err
    assert str(TASK) in ran.out


def test_a_latency_unlike_all_before_it_is_marked(past: Past) -> None:
    for minutes in range(0, 300 * 5, 5):
        usual = 5 + minutes // 5 % 3
        latency = 900 if minutes == 10 else usual
        past.store(a_point(at=past.ago(minutes=minutes), total_latency_seconds=latency))
    [unusual] = past("--json").json["unusual"]
    assert unusual["at"] == past.ago(minutes=10).isoformat()
    assert 0.5 <= unusual["score"] <= 1
    assert "1 unusual reading: latency 900 s" in past().out
