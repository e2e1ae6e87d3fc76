"""Reads Terraform's catalogue of functions, in the plain form that functions.tf keeps it in."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TERRAFORM = ROOT / "terraform"


@dataclass(frozen=True)
class CatalogueEntry:
    """What functions.tf says about one function."""

    settings: frozenset[str]
    grants: frozenset[str]
    table: frozenset[str]
    timeout: int


def functions() -> dict[str, CatalogueEntry]:
    """Give the catalogue by its keys; `settings` leaves out those of all functions."""
    blocks = re.findall(
        r"^    (\w+) = \{\n(.*?)^    \}$", _local("functions"), flags=re.DOTALL | re.MULTILINE
    )
    return {name: _entry(block) for name, block in blocks}


def settings_of_all() -> frozenset[str]:
    """Give the environment names that every function gets."""
    return frozenset(re.findall(r"^    ([A-Z_]+) +=", _local("settings_of_all"), re.MULTILINE))


def settings() -> dict[str, str]:
    """Give every environment name with the expression it gets its value from."""
    return dict(re.findall(r"^    ([A-Z_]+) += (.+)$", _local("settings"), re.MULTILINE))


def _entry(block: str) -> CatalogueEntry:
    timeout = re.search(r"timeout +=\s+(\d+)", block)
    assert timeout, "every function has a timeout"
    return CatalogueEntry(
        _words(block, "settings"), _words(block, "grants"), _words(block, "table"), int(timeout[1])
    )


def _words(block: str, name: str) -> frozenset[str]:
    found = re.search(rf"{name} += \[(.*?)\]", block, re.DOTALL)
    assert found, f"every function has {name}"
    return frozenset(re.findall(r'"(\w+)"', found[1]))


def _local(name: str) -> str:
    text = (TERRAFORM / "functions.tf").read_text()
    found = re.search(rf"^  {name} = \{{\n(.*?)^  \}}$", text, re.DOTALL | re.MULTILINE)
    assert found, f"functions.tf has local.{name}"
    return found[1]


@dataclass(frozen=True)
class Denial:
    """A statement that denies by the partition keys that a call is about."""

    actions: frozenset[str]
    leading_keys: list[tuple[str, list[str]]]
    """Each condition's test with its values."""


def denials(document: str) -> list[Denial]:
    """Give what a policy document of iam.tf denies by partition keys alone."""
    text = (TERRAFORM / "iam.tf").read_text()
    found = re.search(
        rf'^data "aws_iam_policy_document" "{document}" \{{\n(.*?)^\}}$',
        text,
        re.DOTALL | re.MULTILINE,
    )
    assert found, f"iam.tf has a document {document}"
    statements = re.findall(r"^  statement \{\n(.*?)^  \}$", found[1], re.DOTALL | re.MULTILINE)
    return [_denial(one) for one in statements if '"Deny"' in one]


def _denial(statement: str) -> Denial:
    conditions = re.findall(
        r'test += "([\w:]+)"\s+variable += "([\w:]+)"\s+values += \[(.*?)\]', statement
    )
    assert conditions
    assert {variable for _, variable, _ in conditions} == {"dynamodb:LeadingKeys"}
    actions = re.search(r"actions += \[(.*?)\]", statement, re.DOTALL)
    assert actions
    return Denial(
        frozenset(re.findall(r'"([\w:]+)"', actions[1])),
        [(test, re.findall(r'"([^"]+)"', values)) for test, _, values in conditions],
    )
