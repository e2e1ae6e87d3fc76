"""Expressions in CEL, by Google's own runtime: checked for types once, evaluated in microseconds.

A fact that is unknown is simply not given: then CEL itself answers neither true nor false, unless
the rest of the expression settles it, as in `task.waiting > 9 || task.state == 'ERROR'`.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from cel_expr_python import cel

from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid, Path, Place
from qlik_monitor.adapters.cel_bounds import excess_of, facts_named_in, tokens_of
from qlik_monitor.domain.alert_rules import MAX_EXPRESSION_LENGTH
from qlik_monitor.domain.expressions import Expression
from qlik_monitor.domain.task_facts import KINDS, Fact, FactKind, Facts

_SYNTAX = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
SAMPLE: dict[FactKind, Fact] = {
    FactKind.TEXT: "text",
    FactKind.TEXTS: ["text"],
    FactKind.WHOLE: 1,
    FactKind.TRUTH: True,
}


class ExpressionInvalid(Exception):
    """An expression cannot be used; the message says why."""


class CelExpression:
    """One expression in CEL."""

    def __init__(self, source: str) -> None:
        """Check it; raises ExpressionInvalid."""
        if len(source) > MAX_EXPRESSION_LENGTH:
            raise ExpressionInvalid(
                f"has {len(source)} characters, and {MAX_EXPRESSION_LENGTH} are allowed"
            )
        tokens = tokens_of(source)
        if excess := excess_of(tokens):
            raise ExpressionInvalid(excess)
        self.facts = tuple(sorted(facts_named_in(tokens)))
        """The facts that it asks for."""
        self._program = _compiled(source)
        self._try_out()

    def holds(self, facts: Facts) -> bool | None:
        """Tell whether it holds; None when that depends on a fact that is unknown."""
        value = self._evaluated(facts).plain_value()
        return value if isinstance(value, bool) else None

    def why_unknown(self, facts: Facts) -> str:
        """Say for people why it is neither true nor false."""
        unknown = [name for name in self.facts if facts.get(name) is None]
        return f"unknown: {', '.join(unknown)}" if unknown else self._error(facts)

    def _try_out(self) -> None:
        sample: Facts = {name: SAMPLE[kind] for name, kind in KINDS.items()}
        if self.holds(sample) is None:
            raise ExpressionInvalid(f"fails on a task of which all is known: {self._error(sample)}")
        self.holds({})

    def _evaluated(self, facts: Facts) -> cel.Value:
        known = {name: facts[name] for name in self.facts if facts.get(name) is not None}
        return self._program.eval(data=known)

    def _error(self, facts: Facts) -> str:
        return str(self._evaluated(facts).value())


def expressions_of(document: object, place: Place) -> dict[str, Expression]:
    """Prepare every expression of a file's content; raises AlertRulesInvalid with every mistake."""
    ready: dict[str, Expression] = {}
    mistakes = []
    for path, source in _sources(document):
        try:
            ready[source] = ready.get(source) or CelExpression(source)
        except ExpressionInvalid as error:
            mistakes.append(f"{place.at(path)}: {error}")
    if mistakes:
        raise AlertRulesInvalid(mistakes)
    return ready


def _sources(document: object) -> Iterator[tuple[Path, str]]:
    # Of a file that has other mistakes as well, all are to be told at once.
    for number, rule in enumerate(_items(document, "rules")):
        for at, one in enumerate(_items(rule, "expressions")):
            when = one.get("when") if isinstance(one, dict) else None
            if isinstance(when, str):
                yield ("rules", number, "expressions", at, "when"), when


def _items(owner: object, name: str) -> list[object]:
    items = owner.get(name) if isinstance(owner, dict) else None
    return items if isinstance(items, list) else []


def _compiled(source: str) -> cel.Expression:
    try:
        program = _environment().compile(source)
    except RuntimeError as error:
        raise ExpressionInvalid(_sentence(str(error))) from None
    if program.return_type() != cel.Type.BOOL:
        found = program.return_type().name().lower()
        raise ExpressionInvalid(f"gives {found}, and has to be true or false")
    return program


@cache
def _environment() -> cel.Env:
    kinds = {
        FactKind.TEXT: cel.Type.STRING,
        FactKind.TEXTS: cel.Type.List(cel.Type.STRING),
        FactKind.WHOLE: cel.Type.INT,
        FactKind.TRUTH: cel.Type.BOOL,
    }
    return cel.NewEnv(variables={name: kinds[kind] for name, kind in KINDS.items()})


def _sentence(error: str) -> str:
    """Make CEL's report one sentence: the first mistake, and where it is."""
    found = _SYNTAX.search(error)
    if not found or "recursion" in error:
        return "is nested too deeply" if "recursion" in error else error.splitlines()[0]
    line, column, said = found.groups()
    said = re.sub(r" \(in container ''\)", "", said)
    unknown = re.fullmatch(r"undeclared reference to '([^']+)'", said)
    what = _no_such(unknown[1]) if unknown else said
    return f"{what} (line {line}, column {column} of the expression)"


def _no_such(name: str) -> str:
    close = get_close_matches(name, sorted(KINDS), n=1)
    return f"there is no '{name}'" + (f"; did you mean '{close[0]}'?" if close else "")
