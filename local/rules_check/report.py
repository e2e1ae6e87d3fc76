"""Prints the rules, and what they mean for one task, for people."""

from collections.abc import Iterator
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.alert_rules.reading import ReadRules
from local.monitor.text import plain
from qlik_monitor.adapters.cel_bounds import facts_named_in, tokens_of
from qlik_monitor.domain.alert_rules import Match
from qlik_monitor.domain.applied_rules import AppliedRules
from qlik_monitor.domain.explained_rules import (
    OWN,
    ExplainedRules,
    Verdict,
    WindowVerdict,
    settings_of,
)
from qlik_monitor.domain.maintenance import zone_of

YES, NO = ("applies", "green"), ("does not", "dim")


def print_rules(out: Console, rules: ReadRules) -> None:
    """Print that the file is valid, and what stands in it."""
    out.print(_heading(rules))
    if rules.file.rules or rules.file.maintenance or rules.file.error_patterns:
        out.print(
            _table(
                ("line", "kind", "name", "match"),
                [
                    *_rows(rules, "rules", [(one.name, one.match) for one in rules.file.rules]),
                    *_rows(
                        rules,
                        "maintenance",
                        [(one.name, one.match) for one in rules.file.maintenance],
                    ),
                    *_pattern_rows(rules),
                ],
            )
        )


def print_explanation(out: Console, rules: ReadRules, found: ExplainedRules) -> None:
    """Print what the rules mean for a task, the reasons included."""
    out.print(_heading(rules))
    tags = ", ".join(plain(tag) for tag in found.tags or ()) or "no tags"
    out.print(Text(f"{plain(str(found.task))} ({tags}) at {_utc(found.at)}", style="bold"))
    for title, lines in (
        ("Rules", [line for one in found.rules for line in _verdict(one)]),
        ("Settings", list(_settings(found.applied))),
        ("Expressions", list(_expressions(found.applied))),
        ("Maintenance", [line for one in found.maintenance for line in _window(one)]),
        ("Automation", [_automation(found.applied)]),
    ):
        out.print(Text(f"\n{title}", style="bold"))
        for line in lines or [Text("none", style="dim")]:
            out.print(Text("  ") + line)


def _heading(rules: ReadRules) -> Text:
    file = rules.file
    counts = {
        "rules": len(file.rules),
        "expressions": len(rules.expressions),
        "entries of maintenance": len(file.maintenance),
        "opt-out tags": len(file.opt_out_tags),
        "error patterns": len(file.error_patterns),
    }
    said = ", ".join(f"{what}: {number}" for what, number in counts.items())
    return Text(f"{plain(rules.place.file)} is valid. {said}", style="green")


def _pattern_rows(rules: ReadRules) -> Iterator[tuple[str, ...]]:
    for number, one in enumerate(rules.file.error_patterns):
        line = rules.place.line_of(("error_patterns", number))
        said = [f"text: {one.text}", f"class: {one.error_class.value}"]
        said += [f"states: {', '.join(one.states)}"] if one.states else []
        said += [f"stop_reasons: {', '.join(one.stop_reasons)}"] if one.stop_reasons else []
        yield str(line), "error_patterns", one.name, "; ".join(said)


def _rows(
    rules: ReadRules, kind: str, entries: list[tuple[str, Match]]
) -> Iterator[tuple[str, ...]]:
    for number, (name, match) in enumerate(entries):
        yield str(rules.place.line_of((kind, number))), kind, name, _match(match)


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(one)) for one in row))
    return table


def _match(match: Match) -> str:
    said = match.model_dump(exclude_none=True)
    return "; ".join(f"{name}: {', '.join(one)}" for name, one in said.items()) or "all tasks"


def _verdict(one: Verdict) -> Iterator[Text]:
    word, style = NO if one.misses else YES
    because = "; ".join(one.misses) or "every matcher fits"
    yield Text(f"{word:9}", style=style) + Text(
        f" {plain(one.name)} (line {one.line}): {plain(because)}"
    )


def _settings(applied: AppliedRules) -> Iterator[Text]:
    for one in settings_of(applied):
        if one.source == OWN:
            yield Text(f"{one.name} = {one.value}: {OWN}", style="dim")
    for line in applied.because:
        yield Text(plain(line))


def _expressions(applied: AppliedRules) -> Iterator[Text]:
    for one in applied.expressions:
        said = one.expression
        asks = ", ".join(sorted(facts_named_in(tokens_of(said.when)))) or "nothing of the task"
        yield Text(f"{plain(said.name)} (rule '{plain(one.rule)}', {said.severity.value})")
        yield Text(f"  when {plain(said.when, 600)}")
        yield Text(f"  asks for {asks}", style="dim")


def _window(one: WindowVerdict) -> Iterator[Text]:
    yield from _verdict(one.verdict)
    if one.verdict.misses:
        return
    if one.lasting:
        yield Text(f"  lasts until {_both(one.lasting.ends, one.zone)}", style="yellow")
    if one.coming:
        yield Text(f"  begins next at {_both(one.coming.begins, one.zone)}")
    elif not one.lasting:
        yield Text("  is over", style="dim")


def _automation(applied: AppliedRules) -> Text:
    if applied.automation_off:
        return Text(f"off: {plain(applied.automation_off)}", style="yellow")
    return Text("left to the policy")


def _both(moment: datetime, zone: str) -> str:
    local = moment.astimezone(zone_of(zone))
    return f"{local:%a %Y-%m-%d %H:%M} {plain(zone)} ({_utc(moment)})"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(zone_of('UTC')):%Y-%m-%d %H:%M} UTC"
