"""Each mistake is one sentence that says what to do, and its exit code."""

import json
import os
from pathlib import Path

import pytest

from local.history import source
from local.history.__main__ import main
from local.history.hints import HINTS, with_hint
from local.run import whereabouts
from qlik_monitor.errors import ConfigurationError, StoreUnavailable
from tests.fakes.aws import FakeStack
from tests.fakes.history import a_point
from tests.fakes.ran import Ran
from tests.integration.history.running import Past

OUTPUTS = {
    "table_name": {"value": "agent"},
    "state_machine_arn": {"value": "arn:aws:states:eu-north-1:123456789012:stateMachine:x"},
    "function_names": {"value": {"monitor_tasks": "x"}},
}


def assert_one_sentence(ran: Ran, code: int, *said: str) -> None:
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.count("\n") == 1
    for words in said:
        assert words in ran.err


def test_a_task_that_is_not_there_is_answered_with_names_that_are_near(past: Past) -> None:
    names = ("ORDERS_EU", "ORDERS_US", "CUSTOMERS")
    past._store.save("prod", {name: a_point(at=past.now) for name in names}, past.now)
    ran = past(task="prod/ORDER_EU")
    assert_one_sentence(ran, 1, "no history of prod/ORDER_EU in the last 14 days", "'ORDERS_EU'")
    assert "CUSTOMERS" not in ran.err


def test_where_no_name_is_near_some_are_told(past: Past) -> None:
    points = {f"TASK_{n:02}": a_point(at=past.now) for n in range(25)}
    past._store.save("prod", points, past.now)
    ran = past(task="prod/whatever")
    assert_one_sentence(ran, 1, "'TASK_00', 'TASK_01'", "and 15 others")


def test_a_task_without_a_reading_in_the_span_is_told_so(past: Past) -> None:
    past.steady([3 * 24 * 60])
    assert_one_sentence(past("--days=2"), 1, "no reading of prod/orders in the last 2 days")


def test_a_server_without_history_is_told_so(past: Past) -> None:
    assert_one_sentence(past(task="prd/orders"), 1, "no history of server 'prd'", "as Qlik writes")


def test_json_for_nothing_is_nothing(past: Past) -> None:
    assert_one_sentence(past("--json"), 1, "no history")


def test_without_a_table_three_ways_to_one_are_told(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME")
    assert_one_sentence(past(), 2, "set TABLE_NAME", "--table", "terraform init", "make local-up")


def test_a_table_that_is_not_there_is_told_with_what_to_check(past: Past) -> None:
    ran = past("--table", "another")
    assert_one_sentence(ran, 2, "ResourceNotFoundException", "no such table in this account")


@pytest.mark.parametrize("code", HINTS)
def test_refusals_of_aws_come_with_what_to_do(code: str) -> None:
    assert HINTS[code] in with_hint(StoreUnavailable(f"read history of prod: {code}"))


def test_other_refusals_are_told_as_they_are() -> None:
    assert with_hint(StoreUnavailable("read: Odd")) == "read: Odd"
    assert with_hint(ConfigurationError("wrong")) == "wrong"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["orders"], "'orders' is not a server, a slash and a task"),
        ([""], "'' is not a server, a slash and a task"),
        (["a/b", "--days=0"], "'0' is not a number above 0, up to 400"),
        (["a/b", "--days=-1"], "'-1' is not a number above 0, up to 400"),
        (["a/b", "--days=401"], "'401' is not a number above 0, up to 400"),
        (["a/b", "--days=nan"], "'nan' is not a number above 0, up to 400"),
        (["a/b", "--days=two"], "'two' is not a number above 0, up to 400"),
        (["a/b", "--rows=1"], "'1' is not a whole number from 2 to 1000"),
        (["a/b", "--width=20"], "'20' is not a whole number from 70 to 1000"),
    ],
    ids=str,
)
def test_each_wrong_argument_is_told_with_what_is_allowed(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_help_tells_the_exit_codes_and_how_make_takes_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "Exit code 0: shown" in said
    assert 'make history TASK="server/task" DAYS=7' in said


def test_a_wrong_threshold_is_told(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAG_THRESHOLD_SECONDS", "soon")
    assert_one_sentence(past(), 2, "LAG_THRESHOLD_SECONDS='soon'")


def test_settings_may_come_from_a_file(
    past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past.steady(range(0, 60, 5), total_latency_seconds=40)
    monkeypatch.delenv("TABLE_NAME")
    path = tmp_path / "other.env"
    path.write_text(f"TABLE_NAME={past.stack.table_name}\nLAG_THRESHOLD_SECONDS=45\n")
    assert "lagging from 45 s" in past("--env-file", str(path)).out


def later_release(past: Past) -> None:
    at = past.ago(minutes=3).isoformat()
    key = {"pk": "HISTORY#prod", "sk": f"{at}#0000"}
    past.stack.table.put_item(Item=key | {"packed": b"\x09later"})


def test_readings_of_a_later_release_are_told_beside_those_that_can_be_read(past: Past) -> None:
    past.steady([10, 5])
    later_release(past)
    ran = past("--json")
    assert ran.code == 0
    assert "1 stored readings of 'prod' are in a form that this release does not know" in ran.err
    assert (len(ran.json["points"]), ran.json["unreadable"]) == (2, 1)


def test_where_only_a_later_release_wrote_nothing_can_be_read(past: Past) -> None:
    later_release(past)
    assert_one_sentence(past(), 2, "use the release that is deployed")


def test_a_fault_of_this_software_is_not_taken_for_an_empty_past(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.history.__main__.find_source", lambda *_: None)
    ran = past()
    assert ran.code == 2
    assert "unexpected: AttributeError" in ran.err


def test_a_running_local_stack_is_read(stack: FakeStack) -> None:
    whereabouts.PID_FILE.write_text(str(os.getpid()))
    whereabouts.note_stack("http://127.0.0.1:9", {"table_name": stack.table_name, "other": 1})
    found = source.find_source(None, {})
    assert found.found == "table agent of make local-up"
    assert found.table.meta.client.meta.endpoint_url == "http://127.0.0.1:9"
    whereabouts.forget()
    assert whereabouts.running_stack() is None


def test_the_stack_of_a_process_that_ended_is_not_asked(stack: FakeStack) -> None:
    whereabouts.note_stack("http://127.0.0.1:9", {"table_name": stack.table_name})
    assert whereabouts.running_stack() is None
    whereabouts.PID_FILE.write_text("no number")
    assert whereabouts.running_stack() is None


def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let there be a Terraform that was set up, and answers by this script."""
    (tmp_path / "terraform" / ".terraform").mkdir(parents=True)
    binary = tmp_path / "bin" / "terraform"
    binary.parent.mkdir()
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(binary.parent), prepend=os.pathsep)


def test_the_table_that_terraform_made_is_found_in_its_region(
    stack: FakeStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(tmp_path, monkeypatch, f"echo '{json.dumps(OUTPUTS)}'")
    found = source.find_source(None, {})
    assert found.found == "table agent in eu-north-1"
    assert found.table.meta.client.meta.region_name == "eu-north-1"
    assert source.find_source("named", {}).table.name == "named"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo '{}'", "no table is known"),
        ("echo 'Backend initialization required' >&2; exit 1", "Backend initialization required"),
    ],
)
def test_a_terraform_that_knows_no_table_is_told(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(tmp_path, monkeypatch, script)
    with pytest.raises(ConfigurationError, match=said):
        source.find_source(None, {})
