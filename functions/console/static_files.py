"""The files that pages load, each under a name that holds its hash: it may be kept for ever."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from qlik_monitor.domain.model import Frozen

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HASH_LENGTH = 16


class StaticFile(Frozen):
    """One file and what it is."""

    content_type: str
    text: str


@cache
def names() -> Mapping[str, str]:
    """Return the name under which each file is served, by its own name."""
    return {path.name: _name(path) for path in sorted(FOLDER.iterdir()) if path.suffix in TYPES}


def static_file(served_as: str) -> StaticFile | None:
    """Return a file by the name that it is served under; any other name leads nowhere."""
    found = next((own for own, served in names().items() if served == served_as), None)
    if found is None:
        return None
    path = FOLDER / found
    return StaticFile(content_type=TYPES[path.suffix], text=path.read_text("utf-8"))


def _name(path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:HASH_LENGTH]
    return f"{path.stem}.{digest}{path.suffix}"
