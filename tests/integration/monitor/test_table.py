import re

import pytest

from local.mock_qlik.server import MockQlik
from tests.integration.monitor.running import HEALTHY, Monitor, a_fleet


def test_the_worst_stand_first_and_the_healthy_are_only_counted(monitor: Monitor) -> None:
    kinds = ("healthy", "suspended_table", "aborted", "recovery_lasts", "healthy")
    with MockQlik(a_fleet(*({"kind": kind} for kind in kinds))) as qlik:
        few = monitor(qlik.url)
        every = monitor(qlik.url, "--all")

    assert re.findall(r"S/T\d", few.out) == ["S/T3", "S/T2", "S/T4"]
    assert "1 critical, 1 warning, 1 watched, 2 healthy" in few.out
    assert re.findall(r"S/T\d", every.out) == ["S/T3", "S/T2", "S/T4", "S/T1", "S/T5"]
    assert few.code == every.code == 1


def test_a_healthy_fleet_is_told_in_a_line(monitor: Monitor) -> None:
    with MockQlik(HEALTHY) as qlik:
        ran = monitor(qlik.url)
    assert "1 server, 2 tasks: 2 healthy" in ran.out
    assert "Would propose" not in ran.out
    assert (ran.code, ran.err) == (0, "")


def test_the_table_tells_what_would_be_proposed_and_decided(monitor: Monitor) -> None:
    with MockQlik(a_fleet({"kind": "aborted"}, {"kind": "aborted_again"})) as qlik:
        careful = monitor(qlik.url)
        bold = monitor(
            qlik.url,
            AUTO_RESTART_ENABLED="true",
            AUTO_RESTART_SERVERS="*",
            AUTO_RESTART_ACTIONS="resume",
            AUTO_RESTART_MIN_CONFIDENCE="0.5",
        )

    assert "resume (0.80, rules)" in careful.out
    assert "needs_approval, as AUTO_RESTART_ENABLED is" in careful.out
    assert "escalate (0.80, rules)" in careful.out
    assert "decision: auto" in bold.out


def test_servers_have_rows_and_proposals_of_their_own(monitor: Monitor) -> None:
    fleet = a_fleet({"kind": "low_disk"}, license={"state": "EXPIRED_LICENSE"})
    with MockQlik(fleet) as qlik:
        ran = monitor(qlik.url)

    assert "the server itself" in ran.out
    assert "license: the server's licence reads EXPIRED_LICENSE" in ran.out
    assert "(belongs to the server S)" in ran.out
    assert "decision: escalate" in ran.out


def test_what_could_not_be_read_is_listed_with_its_reason(monitor: Monitor) -> None:
    with MockQlik(HEALTHY) as qlik:
        qlik.control.add_fault(kind="status", status=403, path=r"/tasks/T\?")
        ran = monitor(qlik.url)

    assert "1 not read, 1 healthy" in ran.out
    assert "S/T: GET /servers/S/tasks/T: HTTP 403" in ran.out
    assert ran.code == 2


def test_text_from_qlik_cannot_steer_the_terminal(monitor: Monitor) -> None:
    hostile = "[red]boo[/red] [/x] \x1b[2J\x07\u202egnp :boom: password=geheim"
    task = {"name": "[bold]x[/bold]", "kind": "aborted", "message": hostile}
    with MockQlik(a_fleet(task)) as qlik:
        shown = monitor(qlik.url)
        written = monitor(qlik.url, "--json")

    assert "S/[bold]x[/bold]" in shown.out
    assert "[red]boo[/red] [/x]" in shown.out
    assert ":boom:" in shown.out
    for printed in (shown.out, shown.err, written.out, written.err):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", printed)
        assert "geheim" not in printed


@pytest.mark.parametrize(("variable", "coloured"), [("TERM", True), ("NO_COLOR", False)])
def test_colours_are_left_out_where_they_are_not_wanted(
    variable: str, coloured: bool, monitor: Monitor
) -> None:
    settings = {"FORCE_COLOR": "1", "TERM": "xterm-256color"} | {variable: "xterm-256color"}
    with MockQlik(a_fleet({"kind": "aborted"})) as qlik:
        ran = monitor(qlik.url, **settings)
    assert ("\x1b[" in ran.out) is coloured
    assert ran.err == ""
