"""Lenient readers for one JSON object of Qlik's: unknown is None and a note, never zero."""

import math
import re
from collections.abc import Mapping
from enum import StrEnum

from qlik_monitor.adapters.qlik_text import clean_text, seen
from qlik_monitor.domain.redaction import BLOT

# Larger than any counter that Qlik documents (int64), and storable as a number in DynamoDB.
LARGEST = 2**63 - 1
NOTES_LIMIT = 50
TAGS_LIMIT = 100
TAG_LENGTH = 128

# Hours have no upper bound; a task may lag for days.
_CLOCK = re.compile(r"([0-9]{1,9}):([0-5]?[0-9]):([0-5]?[0-9])", re.ASCII)


class Fields:
    """One object; every reader takes the spellings that a field may have, likeliest first."""

    def __init__(
        self, source: Mapping[str, object], path: str = "", notes: list[str] | None = None
    ):
        self._source = source
        self._path = path
        self._notes: list[str] = [] if notes is None else notes

    @property
    def notes(self) -> tuple[str, ...]:
        """What was sent in another form than documented, as `field: what was seen`."""
        return tuple(dict.fromkeys(self._notes))

    def note(self, name: str, what: str) -> None:
        """Remember that field `name` is not as documented."""
        if len(self._notes) < NOTES_LIMIT:
            self._notes.append(f"{self._path}{name}: {what}")

    def raw(self, *names: str) -> object:
        """Return the first value that is present under one of `names`, or None."""
        return next((self._source[n] for n in names if self._source.get(n) is not None), None)

    def inner(self, name: str) -> "Fields":
        """Return the object under `name`; an empty one when there is none."""
        value = self.raw(name)
        if value is not None and not isinstance(value, dict):
            self.note(name, seen(value))
        source = value if isinstance(value, dict) else {}
        return Fields(source, f"{self._path}{name}.", self._notes)

    def count(self, *names: str) -> int | None:
        """Return a whole number of zero or more."""
        return self._whole(names, 0)

    def signed(self, *names: str) -> int | None:
        """Return a whole number that may be negative."""
        return self._whole(names, -LARGEST)

    def current(self, name: str) -> int | None:
        """Return a speed, sent plainly or as `{"current": speed}`."""
        if isinstance(self.raw(name), dict):
            return self.inner(name).count("current")
        return self.count(name)

    def rate(self, name: str) -> int | None:
        """Return a speed that may have a fraction, rounded up: a little is not nothing."""
        value = self.raw(name)
        if isinstance(value, float) and math.isfinite(value) and 0 <= value <= LARGEST:
            return math.ceil(value)
        return self.count(name)

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        self.note(name, seen(value))
        return None

    def text(self, *names: str) -> str:
        """Return cleaned text; empty when there is none."""
        value = self.raw(*names)
        if value is None or isinstance(value, str):
            return clean_text(value or "")
        self.note(names[0], seen(value))
        return ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of short texts."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.note(name, seen(value))
            return ()
        texts = [clean_text(item, TAG_LENGTH) for item in value if isinstance(item, str)]
        if len(texts) != len(value) or len(texts) > TAGS_LIMIT:
            self.note(name, f"a list of {len(value)} with {len(texts)} texts")
        if any(BLOT in text for text in texts):
            # A tag opts a task out by its whole text: one that lost a part of it is not read.
            self.note(name, "a text that was blotted out, as it may hold a secret")
        return tuple(texts[:TAGS_LIMIT])

    def clock(self, name: str) -> int | None:
        """Return the seconds of `hh:mm:ss`."""
        value = self.raw(name)
        if value is None:
            return None
        match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            self.note(name, seen(value))
            return None
        hours, minutes, seconds = (int(part) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds

    def choice[E: StrEnum](
        self, kind: type[E], names: tuple[str, ...], unknown: E, aliases: Mapping[str, E]
    ) -> E:
        """Return a member of `kind`, or `unknown` and a note."""
        value = self.raw(*names)
        word = value.strip().upper() if isinstance(value, str) else ""
        if word in aliases:
            return aliases[word]
        if word in kind.__members__ and word != unknown.name:
            return kind[word]
        if word != unknown.name:
            self.note(names[0], "missing" if value is None else seen(value))
        return unknown

    def _whole(self, names: tuple[str, ...], least: int) -> int | None:
        value = self.raw(*names)
        # A bool is an int to Python; to Qlik it is a mistake.
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST:
            return value
        if value is not None:
            self.note(names[0], seen(value))
        return None
