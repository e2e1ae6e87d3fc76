"""The end of a run: a summary table for people and report.json for machines."""

import dataclasses
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from local.run.cost import Cost
from local.run.verdict import Line
from qlik_monitor.domain.model_budget import dollars


def print_summary(console: Console, lines: list[Line], untouched: list[str], cost: Cost) -> None:
    """Print what was expected, what came, and what it cost."""
    table = Table(title="How every incident ended", title_justify="left", expand=False)
    table.add_column("Server/task", overflow="fold")
    for name in ("Expected", "Came", "Restarts/runs", "Proposed by", ""):
        table.add_column(name)
    for line in lines:
        mark = "[red]WRONG[/red]" if line.problems else "[green]ok[/green]"
        table.add_row(line.subject, line.expected, line.came, line.restarts, line.made_by, mark)
    console.print(table)
    for line in lines:
        for problem in line.problems:
            console.print(f"WRONG  {line.subject}: {problem}", style="red", markup=False)
    console.print(f"Untouched, as Qlik's request log agrees: {', '.join(untouched)}", markup=False)
    console.print(
        f"Cost: {cost.cycles} cycles ({cost.failed_cycles} failed), {cost.transitions} state "
        f"transitions ({cost.transitions_of_quiet_cycle} in a quiet cycle), {cost.write_units} "
        f"write units, {cost.custom_metrics} custom metrics",
        markup=False,
        highlight=False,
    )
    console.print(
        f"Model: {cost.model_calls} calls ({cost.model_requests} requests), {cost.model_cached} "
        f"answers used again, {cost.model_tokens} tokens, ${dollars(cost.model_micro_dollars)}",
        markup=False,
        highlight=False,
    )


def write_report(
    path: Path, about: dict[str, object], lines: list[Line], untouched: list[str], cost: Cost
) -> None:
    """Write the same as JSON; `about` says which run it was."""
    report = {
        **about,
        "succeeded": not any(line.problems for line in lines),
        "incidents": [dataclasses.asdict(line) for line in lines],
        "untouched": untouched,
        "cost": dataclasses.asdict(cost),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
