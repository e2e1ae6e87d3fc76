"""The entries of the error catalogue as its file says them, and what each has to fulfil.

The names of the fields are the file's own; `catalogue/error_classes.toml` is the file.
"""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from qlik_monitor.domain.class_actions import STRICTEST_FIRST
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.linear_pattern import not_linear
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import StopReason, TaskState

LEAST_EXAMPLES = 2


def _usable(pattern: str) -> str:
    """Accept a pattern that compiles, is written in lower case and costs little."""
    if re.sub(r"\\.", "", pattern) != re.sub(r"\\.", "", pattern).lower():
        raise PydanticCustomError("pattern", "has to be in lower case, as messages are then")
    if reason := not_linear(pattern):
        raise PydanticCustomError("pattern", "{reason}", {"reason": reason})
    try:
        re.compile(pattern)
    except re.error as error:
        raise PydanticCustomError(
            "pattern", "is no regular expression: {why}", {"why": str(error)}
        ) from None
    return pattern


Sentence = Annotated[str, Field(min_length=1, max_length=200)]
Pattern = Annotated[str, Field(min_length=3), AfterValidator(_usable)]


class ErrorEntry(Frozen):
    """One kind of error: it fits where every condition given fits."""

    model_config = ConfigDict(populate_by_name=True)

    name: Annotated[str, Field(min_length=1, max_length=60)]
    error_class: ErrorClass = Field(alias="class")
    patterns: tuple[Pattern, ...] = ()
    """Regular expressions upon the message in lower case; any of them."""
    states: tuple[TaskState, ...] = ()
    stop_reasons: tuple[StopReason, ...] = ()
    why: Sentence
    """Why the class is right, for people."""
    examples: tuple[str, ...] = ()
    """Messages that this entry, and no earlier one, has to fit."""
    look_alikes: tuple[str, ...] = Field(default=(), alias="not")
    """Messages that it must not fit."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not (self.patterns or self.states or self.stop_reasons):
            raise PydanticCustomError("entry", "needs 'patterns', 'states' or 'stop_reasons'")
        if self.error_class is ErrorClass.UNKNOWN:
            raise PydanticCustomError("entry", "unknown is what no entry fits")
        if self.patterns and len(self.examples) < LEAST_EXAMPLES:
            raise PydanticCustomError(
                "entry", "needs {least} examples or more", {"least": LEAST_EXAMPLES}
            )
        return self


class ErrorClassesFile(Frozen):
    """The whole file: the first entry that fits decides."""

    version: Annotated[int, Field(strict=True, ge=1, le=1)]
    entries: Annotated[tuple[ErrorEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        names = [entry.name for entry in self.entries]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise PydanticCustomError("order", "'{name}' names two entries", {"name": twice[0]})
        ranks = [STRICTEST_FIRST.index(entry.error_class) for entry in self.entries]
        for at in range(1, len(ranks)):
            if ranks[at] < ranks[at - 1]:
                raise PydanticCustomError(
                    "order",
                    "'{name}' stands after '{other}', whose class STRICTEST_FIRST has later",
                    {"name": names[at], "other": names[at - 1]},
                )
        return self
