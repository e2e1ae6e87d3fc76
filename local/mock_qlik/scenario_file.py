"""Read a scenario file; a mistake in it is told by file, field, value and what is allowed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from local.mock_qlik.scenario import Scenario

DEFAULT_SCENARIO = Path(__file__).parent.parent / "scenarios" / "fleet.yaml"


class ScenarioInvalid(Exception):
    """A scenario cannot be used; the message says where and why."""


def load_scenario(path: Path = DEFAULT_SCENARIO) -> Scenario:
    """Read a YAML scenario."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ScenarioInvalid(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise ScenarioInvalid(f"{path}: the top must be a mapping of fields, such as `servers:`")
    return parse_scenario(data, source=str(path))


def parse_scenario(data: Mapping[str, Any], source: str = "scenario") -> Scenario:
    """Check a scenario given as data."""
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        mistakes = "\n".join(f"{source}: {_told(mistake)}" for mistake in error.errors())
        raise ScenarioInvalid(mistakes) from error


def _told(mistake: ErrorDetails) -> str:
    where = ".".join(str(part) for part in mistake["loc"]) or "top"
    text = mistake["msg"].removeprefix("Value error, ")
    value = mistake["input"]
    # A mapping would repeat half the file; credentials are not to be repeated at all.
    hidden = isinstance(value, Mapping | Scenario) or mistake["loc"][:1] == ("credentials",)
    shown = "" if hidden else f"{value!r}: "
    return f"{where}: {shown}{text}"
