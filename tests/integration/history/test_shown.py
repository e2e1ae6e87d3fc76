"""What a person sees: the table and the plots."""

import io
import re
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from rich.console import Console

from local.history.as_table import heading, table_of
from local.history.story import Story
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import StopReason, TaskId, TaskState
from tests.fakes.builders import TASK
from tests.fakes.history import a_point
from tests.integration.history.running import Past


def rows(out: str) -> list[str]:
    return [line.strip() for line in out.splitlines() if re.match(r" [A-Z][a-z]{2} \d\d ", line)]


def test_a_past_is_a_table_and_two_plots(past: Past) -> None:
    past.steady(range(0, 180, 5), total_latency_seconds=7)
    ran = past()

    assert (ran.code, ran.err) == (0, "")
    assert "prod/orders\n36 readings, " in ran.out
    assert "(2.9 h)" in ran.out
    assert "A row is 10 min." in ran.out
    assert all("RUNNING" in row and "7 s" in row for row in rows(ran.out))
    assert " 10 " in rows(ran.out)[5]  # 600 changes a minute
    assert "Total latency, highest (far below the 10 min of a lag)" in ran.out
    assert "Changes applied per second" in ran.out
    assert "nothing was changed" in ran.out
    assert "gap" not in ran.out
    assert "\x1b" not in ran.out


def test_nothing_but_queries_is_sent_to_the_table(past: Past) -> None:
    past.steady([5, 0])
    called: list[str] = []
    session = boto3.DEFAULT_SESSION
    assert session
    session.events.register("before-call", lambda model, **_: called.append(model.name))
    past("--png", "/dev/null")
    past(task="prod/none")
    assert set(called) == {"Query"}


def test_lines_are_as_long_as_the_terminal_is_wide(past: Past) -> None:
    past.steady(range(0, 2000, 5), data_error_count=1234, tables_with_error=12, waiting=10**7)
    past.store(a_point(at=past.ago(minutes=1), applied=3, state=TaskState.RECOVERY))
    for width in (80, 100, 160):
        lines = past("--width", str(width)).out.splitlines()
        assert max(map(len, lines)) <= width
        assert not [line for line in lines if "…" in line], width
        plotted = [line for line in lines if " | " in line]
        assert all(len(line) > width - 30 for line in plotted[1:-1])


def test_a_row_tells_the_worst_state_and_how_many_readings_it_had(past: Past) -> None:
    past.steady(range(0, 60, 5))
    past.store(
        a_point(at=past.ago(minutes=10), state=TaskState.ERROR, stop_reason=StopReason.FATAL_ERROR),
        a_point(at=past.ago(minutes=15), state=TaskState.RECOVERY),
    )
    ran = past("--rows", "2")
    assert len(rows(ran.out)) <= 2
    # They stand in one row or, around the full hour, in two.
    assert re.search(r"ERROR 2/\d+|RECOVERY 1/(.|\n)+ERROR 1/", ran.out)
    assert "E ERROR, R RECOVERY (lowest line)" in ran.out


def test_gaps_are_told_and_nothing_is_drawn_in_them(past: Past) -> None:
    past.steady([*range(0, 300, 5), *range(900, 1200, 5)], total_latency_seconds=0)
    ran = past()
    assert "1 gap: 10 h after" in ran.out
    assert "no reading" in ran.out
    lowest = next(line for line in ran.out.splitlines() if line.strip().startswith("0 s | "))
    drawn = lowest.partition(" | ")[2]
    assert drawn.strip("\u2800 ").count("\u2800") > len(drawn) / 3


def test_the_threshold_is_a_line_where_latency_comes_near_it(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAG_THRESHOLD_SECONDS", "30")
    past.steady(range(0, 60, 5), total_latency_seconds=25)
    assert "(line: lagging from 30 s)" in past().out


def test_restarts_by_the_agent_and_falls_of_the_counters_are_told(past: Past) -> None:
    past.steady(range(60, 120, 5))
    past.steady(range(0, 60, 5), applied=5)
    past.restart(past.ago(minutes=58))
    past.restart(past.ago(days=20), incident_id="earlier")
    past.restart(past.ago(minutes=58), task=TaskId(server="prod", task="other"))
    ran = past()
    assert "1 restart by the agent: resume at" in ran.out
    assert "(recovered)" in ran.out
    assert "v restart by the agent (highest line)" in ran.out
    assert "Starts" in ran.out


def test_a_single_reading_of_a_silent_task_is_shown_as_well(past: Past) -> None:
    past.store(HistoryPoint(at=past.ago(minutes=3), state=TaskState.UNKNOWN))
    ran = past()
    assert ran.code == 0
    assert "1 reading, " in ran.out
    [row] = rows(ran.out)
    assert re.search(r"UNKNOWN 1/1 .* - .* - .* - .* -$", row)


def test_a_name_cannot_steer_the_terminal(past: Past) -> None:
    name = "[bold]x[/] \x1b[2J\u202egnp"
    past.store(a_point(at=past.now), task=TaskId(server="prod", task=name))
    shown, missed = past(task=f"prod/{name}"), past(task="prod/none")
    assert "prod/[bold]x[/] " in shown.out
    for text in (shown.out, missed.err):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)


@pytest.mark.parametrize(("variable", "coloured"), [("TERM", True), ("NO_COLOR", False)])
def test_colours_are_left_out_where_they_are_not_wanted(
    variable: str, coloured: bool, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "TERM", variable):
        monkeypatch.setenv(name, "xterm-256color")
    past.steady([5, 0])
    assert ("\x1b[" in past().out) is coloured


def shown(*points: HistoryPoint, rows: int = 30) -> str:
    story = Story(
        task=TASK,
        since=points[0].at,
        until=points[-1].at,
        points=points,
        restarts=(),
        unreadable=0,
        lag_seconds=600,
    )
    console = Console(file=io.StringIO(), width=120)
    console.print(*heading(story), table_of(story, rows, 120))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_times_are_local_and_say_how_far_they_are_from_utc() -> None:
    noon = datetime(2026, 7, 1, 12, 3, tzinfo=UTC)
    out = shown(*(a_point(at=noon + timedelta(minutes=5 * n)) for n in range(12)))
    assert "UTC+02:00" in out
    assert "2026-07-01 14:03 +02:00 to 2026-07-01 14:58 +02:00" in out
    assert rows(out)[0].startswith("Jul 01 14:00")


def test_where_the_clocks_change_every_row_says_how_far_it_is_from_utc() -> None:
    begin = datetime(2026, 10, 24, 10, tzinfo=UTC)
    out = shown(*(a_point(at=begin + timedelta(minutes=30 * n)) for n in range(60)))
    assert rows(out)[0].startswith("Oct 24 12:00 +02:00")
    assert rows(out)[-1].startswith("Oct 25 15:00 +01:00")


def test_only_the_latest_of_many_gaps_are_named() -> None:
    begin = datetime(2026, 7, 1, tzinfo=UTC)
    points = [a_point(at=begin + timedelta(hours=h, minutes=m)) for h in range(9) for m in range(9)]
    assert "8 gaps (the latest 5): " in shown(*points)
