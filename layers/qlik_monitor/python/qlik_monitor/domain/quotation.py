"""Quotations: whether what a model calls evidence stands in the facts that it was sent."""

import json
import re
from collections.abc import Iterator

from qlik_monitor.domain.facts import IncidentFacts

SHORTEST = 4
"""Characters: less than that stands in any text."""
_QUOTES = re.compile(r"[\"'`\u2018-\u201f\xab\xbb]")
_GAPS = re.compile(r"[\s_]+")


def quoted_share(evidence: tuple[str, ...], facts: IncidentFacts) -> float:
    """Return which share of the quotations, 0 to 1, stands in the facts; none gives 0.

    Case, white space, quotes and underscores may differ; `name: value` may stand for a fact.
    """
    if not evidence:
        return 0.0
    text = "\n".join(_normal(line) for line in _lines(facts))
    return sum(1 for quote in evidence if _stands(_normal(quote), text)) / len(evidence)


def _stands(quote: str, text: str) -> bool:
    return len(quote) >= SHORTEST and quote in text


def _normal(text: str) -> str:
    return _GAPS.sub(" ", _QUOTES.sub("", text)).strip(" .,;").casefold()


def _lines(facts: IncidentFacts) -> Iterator[str]:
    for name, value in facts.model_dump(mode="json").items():
        # As it was sent, for a quotation that spans several values.
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}"
        yield from _leaves(name, value)


def _leaves(name: str, value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(name, inner)
    else:
        yield f"{name}: {value}"
