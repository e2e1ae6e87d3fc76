"""`make pause`, `make resume-automation` and `make automation`, against a table on moto."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import NoCredentialsError

from local.automation.__main__ import main
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import TaskId
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_restart
from tests.fakes.laptop import stack

__all__ = ["stack"]

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> Said:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_pause_names_who_and_why_and_repeating_it_says_so(said: Said, stack: FakeStack) -> None:
    code, out, _ = said("pause", "--reason", "database upgrade", "--by", "ada")
    assert code == 0
    assert out.startswith("automation is paused since 20")
    assert "by ada: database upgrade" in out
    code, out, _ = said("pause", "--by", "bob")
    assert code == 0
    assert "already paused" in out
    assert "by ada: database upgrade" in out
    assert DynamoDbAutomation(stack.table).state().by == "ada"


def test_it_goes_on_and_repeating_that_is_harmless(said: Said, stack: FakeStack) -> None:
    said("pause")
    assert said("resume", "--by", "bob")[:2] == (0, "automation goes on\n(table agent)\n")
    assert said("resume")[1].startswith("automation was not paused")
    assert not DynamoDbAutomation(stack.table).state().paused


def test_whoever_gives_no_name_is_named_by_the_system(said: Said, stack: FakeStack) -> None:
    said("pause")
    assert DynamoDbAutomation(stack.table).state().by


def test_the_overview_shows_what_is_used_up_and_what_is_open(
    said: Said, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_RESTART_CAP", "7")
    now, store = datetime.now(UTC), DynamoDbRestarts(stack.table)
    for number in range(3):
        restart = a_restart(
            task=TaskId(server="prod", task=f"t{number}"),
            endpoints=("Oracle PROD",),
            requested_at=now - timedelta(minutes=9),
        )
        store.reserve(restart, Limits())
        store.record(restart, RestartOutcome.FAILED, "", now - timedelta(minutes=5))
    code, out, _ = said("show")
    assert code == 0
    assert out.startswith("automation is not paused\n")
    assert "  3 of 50  the whole fleet\n  3 of 7  server prod\n" in out
    assert "circuit breakers that are not closed: 1\n  endpoint Oracle PROD: open" in out
    assert "\n(allowed: as set on this machine, not read from the functions)\n" in out


@pytest.mark.parametrize("what", ["show", "pause", "resume"])
def test_whoever_has_no_credentials_is_told_what_to_do(
    said: Said, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_found(*_args: object) -> None:
        raise NoCredentialsError

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", nothing_found)
    code, out, err = said(what)
    assert (code, out) == (2, "")
    assert err.endswith(
        "NoCredentialsError: no AWS credentials were found: try `aws sts get-caller-identity`\n"
    )


def test_an_untouched_table_shows_that_nothing_is_used(said: Said) -> None:
    code, out, _ = said()
    assert code == 0
    assert "  0 of 50  the whole fleet\ncircuit breakers that are not closed: none" in out


def test_a_setting_out_of_range_is_named(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_RESTART_CAP", "0")
    code, _, err = said("show")
    assert code == 2
    assert "FLEET_RESTART_CAP='0'" in err


def test_a_table_that_is_not_there_is_named(said: Said) -> None:
    code, _, err = said("pause", "--table", "another")
    assert code == 2
    assert "ResourceNotFoundException" in err


def test_a_reason_that_is_too_long_is_refused(
    said: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        said("pause", "--reason", "x" * 300)
    assert "at most 200 are kept" in capsys.readouterr().err


def test_help_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "make pause REASON=" in capsys.readouterr().out
