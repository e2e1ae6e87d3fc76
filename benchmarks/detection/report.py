"""The tables that `make bench-detection` prints."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.detection.tally import (
    KindTally,
    by_illness,
    false_by_look_alike,
    healthy_days,
    total,
)
from benchmarks.detection.trial import Trial


def print_report(console: Console, trials: Sequence[Trial], detectors: Sequence[str]) -> None:
    """Print everything."""
    for interval in sorted({trial.interval for trial in trials}, reverse=True):
        some = [trial for trial in trials if trial.interval == interval]
        title = f"polls of {interval / 60:.0f} min"
        console.print(_illnesses(f"Illnesses, {title}", some, detectors))
        console.print(_look_alikes(f"Healthy tasks, {title}", some, detectors))
    console.print(_lost(trials, detectors))
    console.print(_totals(trials, detectors))


def _illnesses(title: str, trials: Sequence[Trial], detectors: Sequence[str]) -> Table:
    caption = (
        "recall | median and 90th percentile of the delay, in polls after it was due | extras: "
        "further incidents for the same illness"
    )
    table = _table(title, ["illness", "episodes"], detectors, caption)
    tallies = {name: by_illness(trials, name) for name in detectors}
    for kind, first in tallies[detectors[0]].items():
        cells = [_illness_cell(tallies[name][kind]) for name in detectors]
        table.add_row(kind, str(first.episodes), *cells)
    return table


def _illness_cell(found: KindTally) -> str:
    carried = f" carried {found.carried}" if found.carried else ""
    delays = f"{_number(found.median_delay)} {_number(found.p90_delay)}"
    return f"{found.recall:5.0%} | {delays} | {found.extras}{carried}"


def _number(value: float | None) -> str:
    return "   - " if value is None else f"{value:5.1f}"


def _look_alikes(title: str, trials: Sequence[Trial], detectors: Sequence[str]) -> Table:
    table = _table(
        title,
        ["what the task is like", "task-days"],
        detectors,
        "false incidents per 1,000 healthy task-days (how many there were)",
    )
    days = healthy_days(trials)
    false = {name: false_by_look_alike(trials, name) for name in detectors}
    for kind in sorted(days.keys() | {kind for some in false.values() for kind in some}):
        cells = [_false_cell(false[name][kind], days.get(kind, 0.0)) for name in detectors]
        table.add_row(kind, f"{days.get(kind, 0.0):.0f}", *cells)
    return table


def _false_cell(false: int, days: float) -> str:
    rate = f"{1000 * false / days:8.1f}" if days else "       -"
    return f"{rate} ({false})"


def _lost(trials: Sequence[Trial], detectors: Sequence[str]) -> Table:
    table = _table("One cause, many tasks", ["what happened", "seed"], detectors, "incidents")
    for trial in trials:
        if "lost" in trial.scenario:
            cells = [str(trial.opened[name]) for name in detectors]
            table.add_row(trial.scenario, str(trial.seed), *cells)
    return table


def _totals(trials: Sequence[Trial], detectors: Sequence[str]) -> Table:
    table = Table(title="Totals", title_justify="left")
    for column in ("detector", "polls", "illnesses", "recall", "precision"):
        table.add_column(column)
    for column in ("median delay", "90 %", "extras", "false", "task-days", "false / 1,000 days"):
        table.add_column(column, justify="right")
    table.add_column("times ours", justify="right")
    for label, some in _groups(trials):
        ours = total(some, detectors[0])
        for name in detectors:
            found = total(some, name)
            table.add_row(
                *(name, label, str(found.illnesses.episodes), f"{found.illnesses.recall:.2%}"),
                *(f"{found.precision:.2%}", _number(found.illnesses.median_delay)),
                *(_number(found.illnesses.p90_delay), str(found.illnesses.extras)),
                *(str(found.false), f"{found.healthy_days:.0f}"),
                f"{found.false_per_1000_days:.2f}",
                factor(found.false_per_1000_days, ours.false_per_1000_days),
            )
    return table


def factor(theirs: float, ours: float) -> str:
    """Say how many times as many false incidents a detector has as ours."""
    if not ours:
        return "-" if not theirs else "ours has none"
    return f"{theirs / ours:.1f}"


def _groups(trials: Sequence[Trial]) -> list[tuple[str, list[Trial]]]:
    intervals = sorted({trial.interval for trial in trials}, reverse=True)
    groups = [(f"{at / 60:.0f} min", [t for t in trials if t.interval == at]) for at in intervals]
    return [*groups, ("all", list(trials))] if len(groups) > 1 else groups


def _table(title: str, left: Sequence[str], detectors: Sequence[str], caption: str) -> Table:
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for column in left:
        table.add_column(column)
    for name in detectors:
        table.add_column(name)
    return table
