"""What the tests of `make audit` share: a table with trails."""

from collections.abc import Callable, Iterator

import pytest

from local.audit.__main__ import main
from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack
from tests.fakes.ran import Ran

Audit = Callable[..., Ran]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStack]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with fake_stack() as made:
        monkeypatch.setenv("TABLE_NAME", made.table_name)
        yield made


@pytest.fixture
def audit(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> Audit:
    def run(*arguments: str) -> Ran:
        code = main(list(arguments))
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
