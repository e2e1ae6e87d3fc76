"""Text from Qlik, made fit for a terminal: one line, nothing invisible, nothing secret."""

import unicodedata

from rich.text import Text

from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.invisible import INVISIBLE
from qlik_monitor.domain.redaction import redact

LIMIT = 300


def plain(text: str, limit: int = LIMIT) -> str:
    """Return a text on one line, without what could steer or deceive a terminal."""
    cleaned = clean_text(redact(text), limit)
    return "".join("" if unicodedata.category(one) in INVISIBLE else one for one in cleaned)


def cell(*lines: tuple[str, str]) -> Text:
    """Make a table's cell of lines with their styles; markup in a line is plain text."""
    return Text("\n").join(Text(plain(line), style=style) for line, style in lines)
