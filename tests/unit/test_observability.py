import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Never, cast

import pytest
from pydantic import BaseModel

from qlik_monitor.errors import QlikUnavailable
from qlik_monitor.observability import logger, observed
from tests.fakes.running import run

SECRET = "Hunter2-Planted"
LEAK = f"password={SECRET}"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    listener = logging.StreamHandler(stream)
    listener.setFormatter(logger.registered_formatter)
    logger.addHandler(listener)
    yield stream
    cast("Any", logger).removeHandler(listener)


def test_a_line_gives_no_secret_away_wherever_it_stands(lines: io.StringIO) -> None:
    logger.warning(LEAK, reason=LEAK, several=[LEAK, (LEAK,)], deep={"a": {"b": LEAK}}, n=1)
    logger.error("odd", error=QlikUnavailable(LEAK))
    text = lines.getvalue()
    assert SECRET not in text
    first = json.loads(text.splitlines()[0])
    assert (first["reason"], first["n"]) == ("password=[redacted]", 1)


class Port(BaseModel):
    number: int


def choke() -> Never:
    Port.model_validate({"number": LEAK})
    raise AssertionError


def refuse() -> Never:
    raise QlikUnavailable(LEAK)


@pytest.mark.parametrize(
    ("fails", "name"), [(refuse, "QlikUnavailable"), (choke, "ValidationError")]
)
def test_an_error_keeps_its_name_and_loses_its_secret(
    fails: Any, name: str, lines: io.StringIO
) -> None:
    handler = observed(lambda _event, _context: fails())
    with pytest.raises(Exception, match="redacted") as raised:
        run(handler, {})
    assert type(raised.value).__name__ == name
    assert SECRET not in str(raised.value) + repr(raised.value) + lines.getvalue()


def test_an_error_without_a_secret_is_raised_as_it_is() -> None:
    def handler(_event: dict[str, Any], _context: Any) -> Never:
        raise KeyError("incident_id")

    with pytest.raises(KeyError):
        run(observed(handler), {})
