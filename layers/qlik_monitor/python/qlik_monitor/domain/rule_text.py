"""Texts in the alerting rules: bounded, and free of characters that could deceive a reader."""

from typing import Annotated

from pydantic import Field

NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]*$"

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=NO_CONTROL)]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_CONTROL)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1, max_length=200)]
