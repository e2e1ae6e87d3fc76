"""`python -m benchmarks.detection`: recall, precision, delay and false incidents, by kind.

Fleets are simulated over days, so that it is known who was ill and since when; see
benchmarks/README.md. Ends with 0; with `--check`, with 1 if our detector breaks a promise.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.detection.as_json import as_json
from benchmarks.detection.contract import broken_promises
from benchmarks.detection.explain import explain
from benchmarks.detection.report import print_report
from benchmarks.detection.seeds import BY_NAME, quick
from benchmarks.detection.trial import DETECTORS, Trial, run_trial

type Job = tuple[str, int, tuple[str, ...]]

DEAREST_FIRST = ("1 minute", "5 minutes")
OUTPUT = Path("build/bench-detection.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials and print what they came to."""
    chosen = _arguments(arguments)
    began = time.monotonic()
    detectors = tuple(chosen.detectors or DETECTORS)
    trials = sorted(_trials(_jobs(chosen, detectors), chosen.workers), key=_order)
    console = Console(width=None if sys.stdout.isatty() else 150)
    if chosen.explain:
        for trial in trials:
            explain(console, trial, detectors[0], chosen.explain)
        return 0
    print_report(console, trials, detectors)
    _print_made(console, chosen.seeds, trials, time.monotonic() - began)
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(as_json(trials, detectors), indent=2) + "\n")
    broken = broken_promises(trials, detectors[0])
    for sentence in broken:
        console.print(f"Not held by {detectors[0]}: {sentence}", soft_wrap=True)
    return 1 if broken and chosen.check else 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.detection", description=__doc__)
    parser.add_argument("--seeds", choices=sorted(BY_NAME), default="reported")
    parser.add_argument("--quick", action="store_true", help="one seed a scenario, 5-minute polls")
    parser.add_argument("--scenario", help="only this scenario")
    parser.add_argument("--seed", type=int, help="only this seed, which may be any number")
    parser.add_argument("--detectors", nargs="+", choices=sorted(DETECTORS))
    parser.add_argument("--explain", metavar="KIND", help="an illness, or a healthy kind of task")
    parser.add_argument("--check", action="store_true", help="end with 1 if a promise is broken")
    parser.add_argument("--json", type=Path, default=OUTPUT, metavar="FILE")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args(arguments)


def _jobs(chosen: argparse.Namespace, detectors: tuple[str, ...]) -> list[Job]:
    seeds = quick(BY_NAME[chosen.seeds]) if chosen.quick else BY_NAME[chosen.seeds]
    if chosen.scenario:
        seeds = {chosen.scenario: seeds[chosen.scenario]}
    if chosen.seed is not None:
        seeds = {name: [chosen.seed] for name in seeds}
    names = sorted(seeds, key=lambda name: name not in DEAREST_FIRST)
    names.sort(key=lambda name: DEAREST_FIRST.index(name) if name in DEAREST_FIRST else 9)
    return [(name, seed, detectors) for name in names for seed in seeds[name]]


def _trials(jobs: Sequence[Job], workers: int) -> Iterator[Trial]:
    for done, trial in enumerate(_run_all(jobs, workers), start=1):
        print(f"{done}/{len(jobs)} {trial.scenario}, seed {trial.seed}", file=sys.stderr)
        yield trial


def _run_all(jobs: Sequence[Job], workers: int) -> Iterator[Trial]:
    if workers == 1:
        yield from map(_run, jobs)
        return
    with multiprocessing.Pool(workers) as pool:
        yield from pool.imap_unordered(_run, jobs)


def _run(job: Job) -> Trial:
    return run_trial(*job)


def _order(trial: Trial) -> tuple[float, str, int]:
    return -trial.interval, trial.scenario, trial.seed


def _print_made(console: Console, seeds: str, trials: Sequence[Trial], took: float) -> None:
    days = sum(sum(trial.healthy_days.values()) for trial in trials)
    readings = sum(trial.polls * trial.tasks for trial in trials)
    console.print(
        f"{len(trials)} fleets ({seeds} seeds), {days:.0f} healthy task-days, about "
        f"{readings:,} task readings, in {took:.0f} s. Nothing is recorded data: tasks are "
        "simulated as pipelines with rates, backlogs and restarts; see benchmarks/README.md.",
        soft_wrap=True,
    )


if __name__ == "__main__":
    sys.exit(main())
