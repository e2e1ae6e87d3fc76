"""Packs one reading of a server's tasks into few bytes, and reads one task back without the rest.

A version byte, then zlib over these parts:

| part | bytes |
|---|---|
| the earliest time in it, in seconds since 1970 | 8 |
| number of columns, then how many bytes a number of each takes | 1, and 1 a column |
| length of the names, then the names in order, as JSON | 4, and that length |
| the columns, in the order of `COLUMNS`: one number a task | tasks x bytes of that column |

A number is stored as itself plus one, and unknown as zero. Its bytes do not stand together: all
lowest bytes of a column come first, then all next ones, because zlib finds repetition there. Where
the n-th task stands in a column follows from n, so one task costs a few lookups.
"""

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import StopReason, TaskState

VERSION = 1
# These orders are a part of the stored form: only append. A release reads the columns it knows.
NUMBERS = (
    "source_latency_seconds",
    "total_latency_seconds",
    "waiting",
    "applied",
    "target_records_per_second",
    "memory_mb",
    "cpu_percentage",
    "data_error_count",
    "tables_with_error",
)
COLUMNS = ("seconds_later", "state", "stop_reason", *NUMBERS)
STATES = (
    TaskState.RUNNING,
    TaskState.STOPPED,
    TaskState.ERROR,
    TaskState.RECOVERY,
    TaskState.UNKNOWN,
)
STOP_REASONS = (
    StopReason.NONE,
    StopReason.NORMAL,
    StopReason.RECOVERABLE_ERROR,
    StopReason.FATAL_ERROR,
    StopReason.FULL_LOAD_ONLY_FINISHED,
    StopReason.STOPPED_AFTER_FULL_LOAD,
    StopReason.STOPPED_AFTER_CACHED_EVENTS,
    StopReason.EXPRESS_LICENSE_LIMITS_REACHED,
    StopReason.STOPPED_AFTER_DDL_APPLY,
    StopReason.STOPPED_LOW_MEMORY,
    StopReason.STOPPED_LOW_DISK_SPACE,
    StopReason.UNKNOWN,
)
_HEAD = struct.Struct(">QB")
_LENGTH = struct.Struct(">I")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


class UnknownForm(ValueError):
    """The bytes are not in a form that this release reads."""


def pack(points: Mapping[str, HistoryPoint]) -> bytes:
    """Pack one point of each task, by its name."""
    names = sorted(points)
    begins = min((points[name].at for name in names), default=_EPOCH)
    rows = [_row(points[name], begins) for name in names]
    # `strict` keeps a row that lacks a number from shifting all others.
    columns = [_column(values) for values in zip(*rows, strict=True)] or [b""] * len(COLUMNS)
    widths = bytes(len(column) // max(1, len(names)) for column in columns)
    listed = json.dumps(names, separators=(",", ":")).encode()
    head = _HEAD.pack((begins - _EPOCH) // _SECOND, len(widths)) + widths
    body = b"".join((head, _LENGTH.pack(len(listed)), listed, *columns))
    return bytes((VERSION,)) + zlib.compress(body, level=9)


def _row(point: HistoryPoint, begins: datetime) -> tuple[int | None, ...]:
    return (
        (point.at - begins) // _SECOND,
        STATES.index(point.state),
        STOP_REASONS.index(point.stop_reason),
        *(getattr(point, name) for name in NUMBERS),
    )


def _column(values: Sequence[int | None]) -> bytes:
    stored = [0 if value is None else value + 1 for value in values]
    width = (max(stored).bit_length() + 7) // 8
    return b"".join(bytes(value >> 8 * byte & 0xFF for value in stored) for byte in range(width))


@dataclass(frozen=True, slots=True)
class Packed:
    """One unpacked item; a task's numbers are read on demand."""

    begins: datetime
    places: Mapping[str, int]
    """Where each task stands."""
    widths: bytes
    columns: bytes

    def point(self, task: str) -> HistoryPoint | None:
        """Return one task's point, or None when the task is not in it."""
        place = self.places.get(task)
        return None if place is None else self._point(self._values(place))

    def points(self) -> dict[str, HistoryPoint]:
        """Return every task's point: column by column, which is quicker than task by task."""
        columns, start, count = [], 0, len(self.places)
        for width in self.widths[: len(COLUMNS)]:
            columns.append(_stored(self.columns[start : start + count * width], count))
            start += count * width
        rows = zip(*columns, strict=True)
        return {name: self._point(row) for name, row in zip(self.places, rows, strict=True)}

    def _point(self, values: Sequence[int | None]) -> HistoryPoint:
        seconds, state, reason, *numbers = values
        return HistoryPoint(
            self.begins + timedelta(seconds=seconds or 0),
            _nth(STATES, state, TaskState.UNKNOWN),
            _nth(STOP_REASONS, reason, StopReason.UNKNOWN),
            # An earlier release may have stored fewer numbers.
            **dict(zip(NUMBERS, numbers, strict=False)),
        )

    def _values(self, place: int) -> list[int | None]:
        values: list[int | None] = []
        count, start = len(self.places), place
        for width in self.widths[: len(COLUMNS)]:
            stored = sum(self.columns[start + count * byte] << 8 * byte for byte in range(width))
            values.append(stored - 1 if stored else None)
            start += count * width
        return values


def _stored(column: bytes, count: int) -> Sequence[int | None]:
    """Read a whole column."""
    if not column:
        return [None] * count
    values = list(column[:count])
    for byte in range(1, len(column) // count):
        higher = column[count * byte : count * (byte + 1)]
        values = [low + (high << 8 * byte) for low, high in zip(values, higher, strict=True)]
    return [value - 1 if value else None for value in values]


def _nth[Word](words: Sequence[Word], place: int | None, otherwise: Word) -> Word:
    """Return a stored word; one that a later release appended is unknown here."""
    return words[place] if place is not None and place < len(words) else otherwise


def unpack(packed: bytes) -> Packed:
    """Undo `pack`; raises UnknownForm for what a later release wrote, or nobody."""
    if packed[:1] != bytes((VERSION,)):
        raise UnknownForm(f"its version is {packed[0] if packed else 'missing'}, not {VERSION}")
    try:
        return _parsed(zlib.decompress(memoryview(packed)[1:]))
    except (ValueError, TypeError, OverflowError, zlib.error, struct.error) as error:
        raise UnknownForm(f"{type(error).__name__}: {error}") from error


def _parsed(body: bytes) -> Packed:
    seconds, count = _HEAD.unpack_from(body)
    widths, rest = body[_HEAD.size : _HEAD.size + count], body[_HEAD.size + count :]
    (length,) = _LENGTH.unpack_from(rest)
    listed, columns = rest[_LENGTH.size : _LENGTH.size + length], rest[_LENGTH.size + length :]
    places = _places(listed)
    if count <= len(COLUMNS) - len(NUMBERS) - 1 or len(columns) != len(places) * sum(widths):
        raise ValueError("the columns do not fit their widths")
    return Packed(_EPOCH + seconds * _SECOND, places, widths, columns)


@lru_cache(maxsize=16)
def _places(listed: bytes) -> Mapping[str, int]:
    """Read the names; from one reading to the next they hardly ever change."""
    return {str(name): place for place, name in enumerate(json.loads(listed))}
