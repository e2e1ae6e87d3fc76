"""`python -m benchmarks.evals`: whether decisions are right, and harmless whatever a model says.

Everything runs on this machine, without a key. With OPENAI_API_KEY set, the model OPENAI_MODEL at
OPENAI_BASE_URL is measured as well: then every case is one question to it.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr

from benchmarks.evals.as_json import figures
from benchmarks.evals.case import EvalCase
from benchmarks.evals.loading import ANSWERS, CASES, CaseError, load_answers, load_cases
from benchmarks.evals.models import RECORDED, RULES, EvalModel, models
from benchmarks.evals.promises import broken
from benchmarks.evals.report import lines, told
from benchmarks.evals.running import PATIENCE_SECONDS, Job, run, run_real
from benchmarks.evals.score import Prices, Score, score
from benchmarks.evals.trial import Trial
from qlik_monitor.adapters.openai_analyst import AnalystSetup, OpenAiAnalyst

DEFAULT_MODEL = "gpt-4o"


def main(
    arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
) -> int:
    """Run and report; 1 if a promise is broken and that was asked, 2 for unusable input."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    try:
        cases = load_cases(options.cases)
        answers = load_answers(cases, options.answers)
        cases = _chosen(cases, options.case)
        every = _chosen_models(models(answers), options.model, environment)
    except CaseError as error:
        print(f"evals: {error}", file=sys.stderr)
        return 2
    prices = Prices(prompt=options.price_in, completion=options.price_out)
    trials = {}
    offline = [model for model in every if model.name != _real_name(environment)]
    jobs = [Job(model.name, cases, answers) for model in offline]
    for model, made in zip(offline, run(jobs, options.workers), strict=True):
        trials[model.name] = made
    if len(offline) < len(every):
        trials[_real_name(environment)] = _of_the_real(cases, environment)
    scores = [score(model, trials[model.name], prices) for model in every]
    for line in lines(scores, trials, cases, [RULES, RECORDED, _real_name(environment)]):
        print(line)
    if options.case:
        _explain(trials)
    print(f"\n{len(scores)} models, {time.monotonic() - began:.0f} s")
    if options.json:
        text = json.dumps(figures(scores, trials, cases), indent=2, ensure_ascii=False)
        options.json.write_text(text + "\n", "utf-8")
    return _checked(scores) if options.check else 0


def _of_the_real(cases: tuple[EvalCase, ...], environment: Mapping[str, str]) -> tuple[Trial, ...]:
    setup = AnalystSetup(
        model=_real_name(environment),
        base_url=environment.get("OPENAI_BASE_URL") or None,
        timeout_seconds=PATIENCE_SECONDS,
    )
    analyst = OpenAiAnalyst(setup, SecretStr(environment["OPENAI_API_KEY"]))
    try:
        print(f"{len(cases)} questions to {setup.model} at {analyst.address}", file=sys.stderr)
        return run_real(analyst, cases)
    finally:
        analyst.close()


def _real_name(environment: Mapping[str, str]) -> str:
    return environment.get("OPENAI_MODEL") or DEFAULT_MODEL


def _chosen(cases: tuple[EvalCase, ...], name: str | None) -> tuple[EvalCase, ...]:
    chosen = tuple(case for case in cases if name in (None, case.id))
    if not chosen:
        ids = ", ".join(case.id for case in cases)
        raise CaseError(f"--case {name!r}: there is no such case; there are {ids}")
    return chosen


def _chosen_models(
    offline: tuple[EvalModel, ...], name: str | None, environment: Mapping[str, str]
) -> tuple[EvalModel, ...]:
    real = EvalModel(_real_name(environment), "the model that the key is for")
    every = (*offline, *([real] if environment.get("OPENAI_API_KEY") else []))
    chosen = tuple(model for model in every if name in (None, model.name))
    if not chosen:
        names = ", ".join(model.name for model in every)
        raise CaseError(f"--model {name!r}: there is no such model; there are {names}")
    return chosen


def _explain(trials: Mapping[str, Sequence[Trial]]) -> None:
    print()
    for name, made in trials.items():
        for trial in made:
            because = trial.proposal.rules_because
            print(f"{name}: {told(trial)}" + (f" [rules: {because}]" if because else ""))


def _checked(scores: Sequence[Score]) -> int:
    failures = broken(scores)
    for why in failures:
        print(f"BROKEN {why}")
    print("Every promise holds." if not failures else f"{len(failures)} promises are broken.")
    return 1 if failures else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evals",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", metavar="NAME", help="run one model only, such as 'random'")
    parser.add_argument("--case", metavar="ID", help="run one case only, and explain it")
    parser.add_argument("--check", action="store_true", help="end with 1 if a promise is broken")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure and trial")
    parser.add_argument(
        "--price-in",
        type=_price,
        default=Prices().prompt,
        metavar="USD",
        help="a million tokens of questions cost so much (%(default)s)",
    )
    parser.add_argument(
        "--price-out",
        type=_price,
        default=Prices().completion,
        metavar="USD",
        help="a million tokens of answers cost so much (%(default)s)",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes (%(default)s)")
    parser.add_argument("--cases", type=Path, default=CASES, help="folder of cases")
    parser.add_argument("--answers", type=Path, default=ANSWERS, help="folder of recorded answers")
    return parser


def _price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected dollars, 0 or more")
    return price


if __name__ == "__main__":
    sys.exit(main())
