"""Checks a rules file whole, as the build and `make rules-check` do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.alert_rules.document import Document, DocumentInvalid
from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid, Place
from qlik_monitor.adapters.alert_rules_file import checked, compiled
from qlik_monitor.adapters.cel_expressions import expressions_of
from qlik_monitor.domain.alert_rules import AlertRulesFile
from qlik_monitor.domain.expressions import Expressions

DEFAULT_NAME = "alert_rules.yaml"
"""The file that is taken when none is named."""
MAX_BYTES = 256 * 1024


@dataclass(frozen=True)
class ReadRules:
    """A rules file without mistakes."""

    file: AlertRulesFile
    place: Place
    expressions: Expressions
    compiled: str
    """What the functions read."""


def read_rules(path: Path, root: Path) -> ReadRules:
    """Read and check a file; raises AlertRulesInvalid, with its path below `root` where it is."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    text = _text_of(path, name)
    try:
        document = Document(text)
    except DocumentInvalid as error:
        raise AlertRulesInvalid([f"{name}:{error.line}: {error}"]) from None
    place = Place(name, document.lines)
    mistakes: list[str] = []
    with _collecting(mistakes):
        file = checked(document.value, place)
    with _collecting(mistakes):
        expressions = expressions_of(document.value, place)
    if mistakes:
        raise AlertRulesInvalid(mistakes)
    return ReadRules(file, place, expressions, compiled(document.value, place))


@contextmanager
def _collecting(mistakes: list[str]) -> Iterator[None]:
    try:
        yield
    except AlertRulesInvalid as error:
        mistakes.extend(error.mistakes)


def _text_of(path: Path, name: str) -> str:
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise AlertRulesInvalid(
                [f"{name}:1: the file has {len(content)} bytes, and {MAX_BYTES} are allowed"]
            )
        return content.decode("utf-8-sig")
    except OSError as error:
        raise AlertRulesInvalid([f"{name}:1: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise AlertRulesInvalid([f"{name}:1: is not UTF-8"]) from None
