from collections.abc import Iterator
from pathlib import Path

import pytest

from local.console_link.__main__ import main
from local.history import source
from local.monitor import settings
from local.run import whereabouts
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.console_session import Role, id_of, state_of
from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack

ADDRESS = "https://api.example/v1/console"


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeStack]:
    """A stack, on a machine where nothing else is known of it."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TABLE_NAME", raising=False)
    monkeypatch.setattr(settings, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(source, "TERRAFORM", tmp_path / "terraform")
    monkeypatch.setattr(whereabouts, "PID_FILE", tmp_path / "pid")
    monkeypatch.setattr(whereabouts, "STACK_FILE", tmp_path / "stack.json")
    with fake_stack() as made:
        yield made


def test_a_link_is_printed_alone_and_only_its_hash_is_stored(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    named = ["--table", stack.table_name, "--url", f"{ADDRESS}/"]
    assert main([*named, "--role", "approver", "--name", "Ada"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{ADDRESS}/sign-in/")
    assert "For Ada as approver" in err
    secret = out.strip().rpartition("/")[2]
    assert secret not in str(stack.dump())
    minted = DynamoDbSignIns(stack.table).get(id_of(secret))
    assert minted is not None
    assert (minted.role, minted.name) == (Role.APPROVER, "Ada")
    assert state_of(minted, utc_now()).value == "good"


def test_each_link_is_another_one(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        assert main(["--table", stack.table_name, "--url", ADDRESS]) == 0
    assert len(set(capsys.readouterr().out.split())) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no table is known"),
        (["--table", "agent"], "the console's address is not known"),
        (["--table", "none", "--url", ADDRESS], "ResourceNotFoundException"),
    ],
)
def test_what_is_missing_is_said(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--role", "boss"], "expected one of: viewer, approver"), (["--name", " "], "1 to 100")],
)
def test_a_wrong_argument_is_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
