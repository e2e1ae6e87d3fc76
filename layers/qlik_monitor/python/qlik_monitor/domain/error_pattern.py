"""Error patterns of the alerting rules: messages that operators know, and the catalogue does not.

A pattern is a plain text with `*` for anything. Regular expressions are not taken: one that is
written carelessly can be made to run for hours by the message that it meets.
"""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rule_text import Name, Text
from qlik_monitor.domain.task import StopReason, TaskState

MAX_STARS = 4
LEAST_LETTERS = 4
"""A text of fewer letters and digits says nothing about an error."""


def _says_something(text: str) -> str:
    if text.count("*") > MAX_STARS:
        raise PydanticCustomError(
            "error_text", "has more than {most} stars (*)", {"most": MAX_STARS}
        )
    if sum(one.isalnum() for one in text) < LEAST_LETTERS:
        raise PydanticCustomError(
            "error_text", "has fewer than {least} letters and digits", {"least": LEAST_LETTERS}
        )
    return text


class ErrorPattern(Frozen):
    """Messages that have a class: where the text fits, and the state and reason where given."""

    model_config = ConfigDict(populate_by_name=True)

    name: Name
    error_class: ErrorClass = Field(alias="class")
    text: Annotated[Text, AfterValidator(_says_something)]
    """What has to stand anywhere in the message, whatever its case; `*` stands for anything."""
    states: Annotated[tuple[TaskState, ...], Field(min_length=1)] | None = None
    stop_reasons: Annotated[tuple[StopReason, ...], Field(min_length=1)] | None = None

    def fits(self, state: TaskState, stop_reason: StopReason, message: str) -> bool:
        """Tell whether a task's trouble is meant."""
        if self.states is not None and state not in self.states:
            return False
        if self.stop_reasons is not None and stop_reason not in self.stop_reasons:
            return False
        return _stands_in(self.text.casefold().split("*"), message.casefold())


def _stands_in(parts: list[str], message: str) -> bool:
    """Find the parts one after another: a single walk, however the message is made."""
    at = 0
    for part in parts:
        found = message.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
