"""Characters that deceive: nobody sees them, or they turn the text beside them round."""

from unicodedata import bidirectional, category

INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Unicode's control, format, private and surrogate characters: they could deceive a reader."""
_LINES = "\n\r\t"
_BREAKS = frozenset({"Zl", "Zp"})
_LEFTWARDS = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "FSI"})


def shown(text: str) -> str:
    """Write each of them as its number, `[U+202E]`; ends of lines and tabs stay as they are."""
    return "".join(_shown(one) for one in text)


def runs_leftwards(text: str) -> bool:
    """Tell whether some of a text reads from right to left."""
    return any(bidirectional(one) in _LEFTWARDS for one in text)


def _shown(one: str) -> str:
    hidden = category(one) in INVISIBLE | _BREAKS and one not in _LINES
    return f"[U+{ord(one):04X}]" if hidden else one
