"""Reads cases and recorded answers from YAML; what is wrong is named by file, case and field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from benchmarks.evals.case import EvalCase, RecordedAnswer

EVALS = Path(__file__).resolve().parents[2] / "tests" / "evals"
CASES = EVALS / "cases"
ANSWERS = EVALS / "answers"


class CaseError(ValueError):
    """Cases or answers that cannot be used; the message says where and what is allowed."""


def load_cases(folder: Path = CASES) -> tuple[EvalCase, ...]:
    """Read every case of a folder, in the order of files; raises CaseError."""
    cases: dict[str, EvalCase] = {}
    for path in _files(folder):
        for case in _cases_in(path):
            if case.id in cases:
                raise CaseError(f"{path}: case {case.id!r}: there is one of that id already")
            cases[case.id] = case
    return tuple(cases.values())


def load_answers(cases: tuple[EvalCase, ...], folder: Path = ANSWERS) -> dict[str, RecordedAnswer]:
    """Read the recorded answers, one for each case and none besides; raises CaseError."""
    answers: dict[str, RecordedAnswer] = {}
    for path in _files(folder):
        for name, given in _mapping(path).items():
            if name in answers:
                raise CaseError(f"{path}: answer {name!r}: there is one for that case already")
            answers[name] = _answer(path, name, given)
    known = {case.id for case in cases}
    if missing := sorted(known - answers.keys()):
        raise CaseError(f"{folder}: no answer for {', '.join(missing)}")
    if unknown := sorted(answers.keys() - known):
        raise CaseError(f"{folder}: answers for no case: {', '.join(unknown)}")
    return answers


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.yaml"))
    if not found:
        raise CaseError(f"{folder}: no file there ends in .yaml")
    return found


def _mapping(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CaseError(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise CaseError(f"{path}: expected a mapping, not {type(data).__name__}")
    return data


def _cases_in(path: Path) -> Iterator[EvalCase]:
    data = _mapping(path)
    if unknown := data.keys() - {"defaults", "cases"}:
        raise CaseError(f"{path}: {sorted(unknown)[0]!r}: allowed are defaults and cases")
    defaults, cases = data.get("defaults") or {}, data.get("cases")
    if not isinstance(defaults, dict):
        raise CaseError(f"{path}: defaults: expected a mapping")
    if not isinstance(cases, list) or not cases:
        raise CaseError(f"{path}: cases: expected a list of at least one case")
    for number, given in enumerate(cases, 1):
        if not isinstance(given, dict):
            raise CaseError(f"{path}: case {number}: expected a mapping, not {given!r}")
        yield _case(path, defaults | given, str(given.get("id", f"number {number}")))


def _case(path: Path, given: dict[str, Any], name: str) -> EvalCase:
    try:
        return EvalCase.model_validate(given)
    except ValidationError as error:
        raise CaseError(
            _told(error, f"{path}: case {name!r}", list(EvalCase.model_fields))
        ) from error


def _answer(path: Path, name: str, given: object) -> RecordedAnswer:
    try:
        return RecordedAnswer.model_validate(given)
    except ValidationError as error:
        allowed = list(RecordedAnswer.model_fields)
        raise CaseError(_told(error, f"{path}: answer {name!r}", allowed)) from error


def _told(error: ValidationError, where: str, allowed: list[str]) -> str:
    return "\n".join(_line(problem, where, allowed) for problem in error.errors())


def _line(problem: ErrorDetails, where: str, allowed: list[str]) -> str:
    field = ".".join(map(str, problem["loc"]))
    said = problem["msg"].removeprefix("Value error, ")
    if not field:
        return f"{where}: {said}"
    if problem["type"] == "missing":
        return f"{where}: {field}: {said}"
    if problem["type"] == "extra_forbidden":
        choices = f"; allowed fields: {', '.join(allowed)}" if len(problem["loc"]) == 1 else ""
        return f"{where}: {field}: no such field{choices}"
    return f"{where}: {field}: {problem['input']!r}: {said}"
