"""Which regular expressions may judge text of others: those whose cost is bounded by their form.

Messages are untrusted and up to 2,000 characters long. A pattern that can try a text in many ways
(`(a+)+`, `.*x.*y`) lets one message hold up a whole cycle, so such forms are refused outright.
"""

import re
from math import prod

MAX_GAP = 80
"""So many characters may lie between two words at most."""
MAX_TRIES = 2500
"""The product of all gaps: so often is the rest of a pattern tried from one place."""
MAX_OPTIONAL = 6

_ESCAPED = re.compile(r"\\.")
_SET = re.compile(r"\[\^?\]?[^\]]*\]")
_PLAIN_GROUP = re.compile(r"\(\?(?:[:=!]|<[=!])")
_COUNT = re.compile(r"\{[^}]*\}?")
_BOUNDED = re.compile(r"\{(?:\d+,)?(\d+)\}")


def not_linear(pattern: str) -> str | None:
    """Say why a pattern could cost too much, or None when its cost is bounded by its form."""
    bare = _PLAIN_GROUP.sub("(", _SET.sub("x", _ESCAPED.sub("x", pattern)))
    counts = [_BOUNDED.fullmatch(found) for found in _COUNT.findall(bare)]
    bounds = [int(count[1]) for count in counts if count]
    too_long = len(bounds) < len(counts) or any(bound > MAX_GAP for bound in bounds)
    checks = (
        (re.search(r"\\[1-9]", pattern), "refers back to a group"),
        ("(?" in bare, "has a group with a flag or a name"),
        (set("*+") & set(bare), f"repeats without a bound; write a gap as .{{0,{MAX_GAP}}}"),
        ("){" in bare, "repeats a group"),
        (re.search(r"[}?][?{]", bare), "has a quantifier upon a quantifier"),
        (bare.count("?") > MAX_OPTIONAL, f"has more than {MAX_OPTIONAL} optional parts"),
        (too_long, f"has a gap that may be longer than {MAX_GAP}"),
        (prod(bounds) > MAX_TRIES, f"has gaps whose lengths multiply to more than {MAX_TRIES}"),
    )
    return next((reason for found, reason in checks if found), None)
