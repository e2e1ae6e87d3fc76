"""What was asked of the server, for tests to read; it never holds a secret's value."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Entry:
    """One request and how it was answered; status 0 means that the connection was dropped."""

    at: float
    method: str
    raw_path: str
    path: str
    query: dict[str, str]
    authorization: str  # the scheme only
    api: str = ""
    action: str = ""
    server: str = ""
    task: str = ""
    status: int = 0
    faults: tuple[str, ...] = ()


class RequestLog:
    """The requests in the order of their arrival; control calls are not among them."""

    def __init__(self, most: int = 200_000) -> None:
        self._most = most
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Keep an entry; when there are too many the older half goes."""
        if len(self._entries) >= self._most:
            del self._entries[: self._most // 2]
        self._entries.append(entry)

    def find(self, **wanted: object) -> list[Entry]:
        """List the entries whose fields have these values: `action="run", status=200`."""
        return [
            entry
            for entry in self._entries[:]
            if all(getattr(entry, name) == value for name, value in wanted.items())
        ]

    def clear(self) -> None:
        """Forget them all."""
        self._entries.clear()


def as_body(entry: Entry) -> dict[str, Any]:
    """Write an entry for the control API."""
    return asdict(entry)
