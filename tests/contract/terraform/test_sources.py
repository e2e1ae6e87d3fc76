"""What Terraform's files must agree on with the rest of the tree."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.contract.terraform import catalogue
from tests.contract.terraform.catalogue import ROOT, TERRAFORM

FILES = sorted(TERRAFORM.rglob("*.tf"))
WORKFLOW = ROOT / "state_machine.asl.json"
CALLED_BY_PEOPLE = {"approval_api", "console"}


def placeholders() -> set[str]:
    return set(re.findall(r"\$\{(\w+)\}", WORKFLOW.read_text()))


def tasks(node: object) -> Iterator[dict[str, Any]]:
    """Find every Task of the workflow, in whatever Map it stands."""
    if isinstance(node, dict):
        if node.get("Type") == "Task":
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from tasks(child)


def variables() -> dict[str, str]:
    text = "\n".join(path.read_text() for path in sorted(TERRAFORM.glob("*.tf")))
    return dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE))


def test_every_folder_of_functions_is_in_the_catalogue_and_nothing_else() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    assert set(catalogue.functions()) == folders


def test_the_workflow_calls_every_function_that_people_do_not_call() -> None:
    assert placeholders() | CALLED_BY_PEOPLE == set(catalogue.functions())
    assert not placeholders() & CALLED_BY_PEOPLE


def test_no_task_gives_up_before_its_function_does() -> None:
    functions = catalogue.functions()
    # A task without a number waits for a person, for a time that the workflow computes.
    timed = [task for task in tasks(json.loads(WORKFLOW.read_text())) if "TimeoutSeconds" in task]

    assert timed
    for task in timed:
        name = task["Parameters"]["FunctionName"].strip("${}")
        assert task["TimeoutSeconds"] >= functions[name].timeout, name


def test_a_setting_is_the_variable_of_its_name_or_something_the_stack_makes() -> None:
    for name, expression in catalogue.settings().items():
        made_by_the_stack = expression.startswith("aws_") or expression.startswith("local.")
        assert expression == f"var.{name.lower()}" or made_by_the_stack, name


def test_no_secret_is_a_setting() -> None:
    text = (TERRAFORM / "functions.tf").read_text()
    secrets = {name for name, body in variables().items() if "ephemeral" in body}

    assert secrets == {
        "qlik_api_token",
        "qlik_username",
        "qlik_password",
        "qlik_ca_bundle",
        "openai_api_key",
        "oidc_client_secret",
        "chat_signing_secret",
        "chat_webhook_url",
    }
    assert not [name for name in secrets if f"var.{name}" in text]


def test_no_function_does_without_the_rule_that_audit_entries_stay() -> None:
    text = (TERRAFORM / "functions.tf").read_text()
    given = re.search(r"^  policies = concat\(\n    \[(.*)\],$", text, re.MULTILINE)

    assert given
    assert "data.aws_iam_policy_document.append_to_audit.json" in given[1].split(", ")


def test_every_secret_variable_stays_out_of_plan_and_state() -> None:
    for name, body in variables().items():
        if "ephemeral" in body or "sensitive" in body:
            assert re.search(r"ephemeral +=\s+true", body), name
            assert re.search(r"sensitive +=\s+true", body), name


def test_every_variable_explains_itself() -> None:
    for name, body in variables().items():
        described = re.search(r'description = "([^"]+)"', body)
        assert described, name
        assert described[1].endswith("."), name


def test_every_variable_stands_where_people_look_for_variables() -> None:
    elsewhere = [
        path.name
        for path in TERRAFORM.glob("*.tf")
        if not path.name.startswith("variables") and '\nvariable "' in path.read_text()
    ]

    assert elsewhere == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TERRAFORM).as_posix())
def test_an_open_resource_is_explained_in_the_line_above(path: Path) -> None:
    lines = path.read_text().splitlines()

    for above, line in pairwise(lines):
        if re.search(r'resources\s*=\s*\[\s*"\*"', line):
            assert above.strip().startswith("# "), f"{path.name}: {line.strip()}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TERRAFORM).as_posix())
def test_no_action_is_granted_wholesale(path: Path) -> None:
    assert not re.findall(r'"[a-z0-9-]+:\*"|actions\s*=\s*\[\s*"\*"', path.read_text())


def test_the_lock_file_serves_every_platform() -> None:
    lock = (TERRAFORM / ".terraform.lock.hcl").read_text()

    assert 'version     = "5.100.0"' in lock
    assert len(re.findall(r'"h1:[^"]+"', lock)) == 2
    assert len(re.findall(r'"zh:[0-9a-f]{64}"', lock)) == 15
