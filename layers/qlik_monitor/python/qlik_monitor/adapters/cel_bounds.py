"""Bounds of an expression, by its text: what makes its cost small whatever it is asked about.

CEL has no loop but the macros, and grows no value faster than its text is long. So an expression of
bounded length that calls only functions named here ends in time that is bounded as well. RE2 does
not backtrack, but builds a pattern anew each time: counted repetitions and Unicode classes are what
makes that long.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

FUNCTIONS = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "int", "double", "string", "bool"}
)
MAX_MATCHES = 2
MAX_PATTERN = 100
MAX_REPETITIONS = 60
"""All counts of a pattern together."""

# As CEL's own grammar splits it: where a text ends decides what is a call.
_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*)
    | (?P<text>
        (?:[rR][bB]?|[bB][rR])(?:"{3}.*?"{3}|'{3}.*?'{3}|"[^"\n\r]*"|'[^'\n\r]*')
        | [bB]?(?:
            "{3}(?:\\.|[^\\])*?"{3} | '{3}(?:\\.|[^\\])*?'{3}
            | "(?:\\.|[^"\\\n\r])*" | '(?:\\.|[^'\\\n\r])*'
        )
    )
    | (?P<name>[A-Za-z_]\w*|`[^`]*`)
    | (?P<number>\d[\w.]*)
    | (?P<quote>["'`])
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_REPETITION = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_FACT_OWNERS = ("task", "now")


class Token(NamedTuple):
    """One word of an expression."""

    kind: str
    text: str


def tokens_of(source: str) -> tuple[Token, ...]:
    """Split an expression into words, without blanks and comments."""
    found = (Token(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(source))
    return tuple(token for token in found if token.kind != "blank")


def facts_named_in(tokens: tuple[Token, ...]) -> frozenset[str]:
    """Name the facts that an expression asks for."""
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return frozenset(
        f"{owner.text}.{name.text.strip('`')}"
        for owner, dot, name in triples
        if owner.text in _FACT_OWNERS and dot.text == "." and name.kind == "name"
    )


def excess_of(tokens: tuple[Token, ...]) -> str | None:
    """Say what of an expression is beyond the bounds, or None."""
    return next(_excesses(tokens), None)


def _excesses(tokens: tuple[Token, ...]) -> Iterator[str]:
    if any(token.kind == "quote" for token in tokens):
        yield "a text in it is not closed"
    matches = 0
    for at, (token, after) in enumerate(pairwise(tokens)):
        if token.kind != "name" or after.text != "(":
            continue
        if token.text not in FUNCTIONS and token.text != "in":
            known = ", ".join(sorted(FUNCTIONS))
            yield f"the function '{token.text}' is not offered; these are: {known}"
        if token.text == "matches":
            matches += 1
            yield from _pattern_excesses(tokens[at + 2 : at + 4])
    if matches > MAX_MATCHES:
        yield f"'matches' stands in it {matches} times, and {MAX_MATCHES} times are allowed"


def _pattern_excesses(tokens: tuple[Token, ...]) -> Iterator[str]:
    if [token.kind for token in tokens[:1]] != ["text"] or [t.text for t in tokens[1:]] != [")"]:
        yield "'matches' takes one pattern in quotes and nothing else"
        return
    pattern = tokens[0].text
    if len(pattern) > MAX_PATTERN:
        yield f"a pattern has {len(pattern)} characters, and {MAX_PATTERN} are allowed"
    if re.search(r"\\[pPxuUQ0-7]", pattern):
        yield "a pattern may hold neither Unicode classes nor characters by number"
    if ")" in pattern and re.search(r"\)\{", pattern):
        yield "a pattern may not repeat a group a counted number of times"
    counts = [int(upper or lower) for lower, upper in _REPETITION.findall(pattern)]
    if sum(counts) > MAX_REPETITIONS:
        yield f"a pattern repeats {sum(counts)} times, and {MAX_REPETITIONS} are allowed in all"
