"""What is wrong with an alerting rules file, one sentence a mistake: file, line, field, and why."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qlik_monitor.domain.alert_rules import (
    AlertRulesFile,
    CustomExpression,
    Limits,
    Maintenance,
    Match,
    Rule,
)
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.error_pattern import ErrorPattern
from qlik_monitor.domain.maintenance import OneOff, Weekly
from qlik_monitor.errors import ConfigurationError

MAX_SHOWN = 80
Path = tuple[str | int, ...]
"""The way to a value: keys of mappings, places in lists."""
Lines = Mapping[Path, int]
"""The line on which each value begins."""

_MODELS = (
    *(AlertRulesFile, Rule, Match, Limits, CustomExpression),
    *(Maintenance, Weekly, OneOff, ErrorPattern),
)
_FIELDS = {field.alias or name for model in _MODELS for name, field in model.model_fields.items()}
_NO_WHOLE_NUMBER = "is not a whole number from 1"
_NO_MAPPING = "is not a mapping of fields"
_EXPECTED = {
    "int_type": _NO_WHOLE_NUMBER,
    "greater_than_equal": _NO_WHOLE_NUMBER,
    "less_than_equal": "is more than {le}",
    "enum": "is none of {expected}",
    "string_type": "is not a text; put it in quotes",
    "string_pattern_mismatch": "holds control characters",
    "tuple_type": "is not a list",
    "frozen_set_type": "is not a list",
    "model_type": _NO_MAPPING,
    "dict_type": _NO_MAPPING,
    "too_short": "is empty",
    "string_too_short": "is empty",
    "too_long": "is longer than {max_length}",
    "string_too_long": "is longer than {max_length} characters",
}
"""What is said of a value by pydantic's name of the mistake."""
_OWN_SENTENCES = ("severity", "time_zone", "clock", "local_time", "error_text")
"""Mistakes of our own naming, whose message goes on after the value."""


class Place(NamedTuple):
    """A file of rules, and where its values stand."""

    file: str
    lines: Lines

    def line_of(self, path: Path) -> int:
        """Return the line of a value, or of the nearest one around it."""
        ends = range(len(path), -1, -1)
        return next((self.lines[path[:end]] for end in ends if path[:end] in self.lines), 1)

    def at(self, path: Path) -> str:
        """Write a place as people look it up."""
        return f"{self.file}:{self.line_of(path)}: {written(path)}"


class AlertRulesInvalid(ConfigurationError):
    """The rules cannot be used; `mistakes` says of each one why."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


def written(path: Path) -> str:
    """Write a path as `rules[2].thresholds.lag_seconds`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".") or "the file"


def sentences(error: ValidationError, document: object, place: Place) -> list[str]:
    """Say of each mistake where it is and what is expected there."""
    found = sorted(error.errors(), key=lambda item: place.line_of(item["loc"]))
    return [_sentence(item, document, place) for item in found]


def _sentence(item: ErrorDetails, document: object, place: Place) -> str:
    path = tuple(part for part in item["loc"] if part != "[key]")
    if item["type"] == "missing":
        return f"{place.at(path)}: is missing"
    if item["type"] == "extra_forbidden":
        return f"{place.at(path)}: there is no such field{_meant(str(path[-1]), _FIELDS)}"
    if item["loc"] != path:
        names = {kind.value for kind in AnomalyKind if kind is not AnomalyKind.CUSTOM}
        said = _custom(item) or "there is no such kind of anomaly"
        return f"{place.at(path)}: {said}{_meant(str(path[-1]), names)}"
    found = _value_at(document, path)
    if item["type"] in ("one_kind", "window", "name_twice"):
        return f"{place.at(path)}: {item['msg']}"
    return f"{place.at(path)}: {_shown(found)} {_custom(item) or _expected(item)}"


def _custom(item: ErrorDetails) -> str | None:
    return item["msg"] if item["type"] in _OWN_SENTENCES else None


def _expected(item: ErrorDetails) -> str:
    wanted = _EXPECTED.get(item["type"])
    return wanted.format(**item.get("ctx", {})) if wanted else item["msg"]


def _meant(name: str, names: set[str]) -> str:
    close = get_close_matches(name, sorted(names), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _value_at(document: Any, path: Path) -> object:
    for part in path:
        try:
            document = document[part]
        except (LookupError, TypeError):
            return None
    return document


def _shown(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nothing"}[value]
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    return repr(value)[:MAX_SHOWN]
