"""Alerting rules in a deployment: checked, made into JSON by the build, read and checked once more.

The functions read no YAML. The build puts `alert_rules.json` beside the package; it keeps the name
and the lines of the file it was made of, so that a mistake is named by them. No such file means
that the deployment has no rules; one that cannot be used stops the function.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import qlik_monitor
from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid, Place, sentences
from qlik_monitor.domain.alert_rules import AlertRulesFile
from qlik_monitor.errors import ConfigurationError

COMPILED_NAME = "alert_rules.json"
NO_RULES = AlertRulesFile(version=1)


def checked(document: object, place: Place) -> AlertRulesFile:
    """Check what a file says; raises AlertRulesInvalid with every mistake."""
    try:
        return AlertRulesFile.model_validate(document)
    except ValidationError as error:
        raise AlertRulesInvalid(sentences(error, document, place)) from None


def compiled(document: object, place: Place) -> str:
    """Write a checked document in the form that the functions read, byte for byte the same."""
    lines = [[list(path), line] for path, line in place.lines.items()]
    whole = {"file": place.file, "lines": lines, "rules": document}
    return json.dumps(whole, ensure_ascii=True, separators=(",", ":")) + "\n"


def deployed_place() -> Path:
    """Return where the build puts the rules."""
    return Path(qlik_monitor.__file__).parent / COMPILED_NAME


def read_compiled(path: Path) -> tuple[AlertRulesFile, Place]:
    """Read the rules of a deployment, or none; raises ConfigurationError."""
    if not path.exists():
        return NO_RULES, Place(path.name, {})
    try:
        whole = json.loads(path.read_text("utf-8"))
        place = Place(f"{path.name}, made of {whole['file']}", _lines(whole["lines"]))
        document = whole["rules"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}") from error
    return checked(document, place), place


def _lines(pairs: list[Any]) -> Mapping[tuple[str | int, ...], int]:
    return {tuple(path): int(line) for path, line in pairs}
