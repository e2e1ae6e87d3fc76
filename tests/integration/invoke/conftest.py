"""One way to call `python -m local.invoke` in this process, and to leave no trace of it."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from local.invoke.__main__ import main
from qlik_monitor.observability import metrics
from tests.integration.functions.conftest import clear_caches


@dataclass(frozen=True)
class Invoked:
    """How an invocation ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """All of standard output, which must be one JSON object."""
        read: dict[str, Any] = json.loads(self.out)
        return read


type Invoke = Callable[..., Invoked]


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Iterator[Invoke]:
    """Call the command; the environment and all caches are afterwards as if it never ran."""

    def run(*arguments: str) -> Invoked:
        clear_caches()
        with patch.dict(os.environ), patch("boto3.DEFAULT_SESSION", boto3.DEFAULT_SESSION):
            code = main(list(arguments))
        printed = capsys.readouterr()
        return Invoked(code, printed.out, printed.err)

    yield run
    clear_caches()
    metrics.clear_metrics()
