"""What the tests of `make audit` share: a table with trails."""

from collections.abc import Callable

import pytest

from local.audit.__main__ import main
from tests.fakes.aws import FakeStack
from tests.fakes.laptop import stack
from tests.fakes.ran import Ran

__all__ = ["stack"]

Audit = Callable[..., Ran]


@pytest.fixture
def audit(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> Audit:
    def run(*arguments: str) -> Ran:
        code = main(list(arguments))
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run
