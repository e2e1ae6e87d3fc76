"""`python -m local.run`: play a scenario out on LocalStack and judge how it ended.

Exit code 0: every incident ended as the scenario says. 1: one did not. 2: the run could not start.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from local.localstack.running import LocalStackFailed
from local.packages import BuildFailed
from local.run.cost import cost_of
from local.run.plan import Plan, PlanError, load_plan
from local.run.planted import search_run
from local.run.report import print_summary, write_report
from local.run.runner import Run, play
from local.run.stack import Stack, running
from local.run.timeline import Timeline, run_console
from local.run.verdict import Line, calls_of, judge, untouched
from local.terraform import TerraformFailed

REPORT = Path("build/local-run/report.json")
CANNOT_START = 2
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one scenario."""
    parser = argparse.ArgumentParser(prog="python -m local.run", description=__doc__)
    parser.add_argument("--scenario", default="demo", help="demo, faults, or a file")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report goes")
    chosen = parser.parse_args(arguments)
    # A stop by `kill` ends everything as tidily as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = run_console()
    began = time.monotonic()
    try:
        plan = load_plan(chosen.scenario)
        console.print(f"{chosen.scenario}: {plan.description}", markup=False)
        with running(plan, lambda text: console.print(text, markup=False)) as stack:
            run = play(plan, stack, Timeline(console))
            return _finish(console, chosen.scenario, chosen.report, run, began)
    except (PlanError, LocalStackFailed, BuildFailed, TerraformFailed) as error:
        console.print(str(error), style="red", markup=False)
        return CANNOT_START
    except KeyboardInterrupt:
        console.print("Interrupted; everything that ran has ended.")
        return INTERRUPTED


def _finish(console: Console, scenario: str, path: Path, run: Run, began: float) -> int:
    calls = calls_of(run.stack.qlik.requests)
    cost = cost_of(
        run.stack.client("stepfunctions"),
        run.stack.client("logs"),
        run.stack.outputs["state_machine_arn"],
        len(run.stack.openai.requests),
    )
    lines = judge(run.plan, run.records, calls)
    lines += _judge_cycles(run.plan, cost.failed_cycles)
    lines += _judge_faults(run)
    planted = search_run(run)
    lines += [planted.line] if planted else []
    left_alone = untouched(run.plan, calls, _tasks(run.stack))
    print_summary(console, lines, left_alone, cost)
    if planted:
        console.print(planted.sentence, markup=False, highlight=False)
    about = {"scenario": scenario, "seconds": round(time.monotonic() - began, 1)}
    write_report(path, about, lines, left_alone, cost)
    failed = any(line.problems for line in lines)
    console.print(f"Report: {path}   Log of messages: {len(run.messages)} mails", markup=False)
    return int(failed)


def _judge_cycles(plan: Plan, failed: int) -> list[Line]:
    if plan.failed_cycles is None:
        return []
    right = failed >= plan.failed_cycles if plan.failed_cycles else failed == 0
    problems = () if right else (f"{failed} cycles failed",)
    expected = f"at least {plan.failed_cycles}" if plan.failed_cycles else "none"
    return [Line("(failed cycles)", expected, str(failed), "", "", problems)]


def _judge_faults(run: Run) -> list[Line]:
    seen = {entry.status for entry in run.stack.qlik.requests}
    missing = [status for status in run.plan.answers_seen if status not in seen]
    if not run.plan.answers_seen:
        return []
    problems = tuple(f"Qlik never answered {status}" for status in missing)
    expected = ", ".join(map(str, run.plan.answers_seen))
    return [Line("(Qlik's answers)", expected, "seen" if not missing else "", "", "", problems)]


def _tasks(stack: Stack) -> list[str]:
    servers = stack.qlik.control.state()["servers"]
    return [f"{server['name']}/{task['name']}" for server in servers for task in server["tasks"]]


if __name__ == "__main__":
    sys.exit(main())
