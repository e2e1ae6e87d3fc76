"""Finds the table to read: the named one, that of `make local-up`, or that of `terraform apply`."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError

from local.run.whereabouts import running_stack
from qlik_monitor.adapters.dynamodb import CONFIG
from qlik_monitor.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"
PATIENCE_SECONDS = 60
NO_TABLE = (
    "no table is known: set TABLE_NAME or pass --table (terraform output -raw table_name says it), "
    "run `terraform init` in terraform/ where its state is kept, or start `make local-up`"
)


@dataclass(frozen=True)
class Source:
    """A table, and in words where it was found."""

    table: "Table"
    found: str
    console: str | None = None
    """Address of the console beside it, where that is known."""


def find_source(name: str | None, environment: Mapping[str, str]) -> Source:
    """Return the table to read; raises ConfigurationError when none is known."""
    if named := name or environment.get("TABLE_NAME"):
        return Source(_table(named), f"table {named}")
    if stack := running_stack():
        found = f"table {stack['table_name']} of make local-up"
        table = local_table(stack["endpoint"], stack["table_name"])
        return Source(table, found, stack.get("console_url"))
    if outputs := _applied():
        # The state machine's ARN names the region, which a shell need not be set to.
        region = outputs["state_machine_arn"].split(":")[3]
        found = f"table {outputs['table_name']} in {region}"
        table = _table(outputs["table_name"], {"region_name": region})
        return Source(table, found, outputs.get("console_url"))
    raise ConfigurationError(NO_TABLE)


def local_table(endpoint: str, name: str) -> "Table":
    """Return a table of a LocalStack."""
    where = {
        "endpoint_url": endpoint,
        "region_name": "eu-west-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    return _table(name, where)


def _table(name: str, where: Mapping[str, str] | None = None) -> "Table":
    make: Any = boto3.resource
    try:
        table: Table = make("dynamodb", config=CONFIG, **(where or {})).Table(name)
    except BotoCoreError as error:
        hint = "Set AWS_DEFAULT_REGION or AWS_PROFILE."
        raise ConfigurationError(f"table {name}: {error} {hint}") from error
    return table


def _applied() -> dict[str, str]:
    """Return Terraform's outputs, or nothing where Terraform was never set up."""
    prepared = any((TERRAFORM / name).exists() for name in (".terraform", "terraform.tfstate"))
    if not prepared or not shutil.which("terraform"):
        return {}
    command = ["terraform", f"-chdir={TERRAFORM}", "output", "-json", "-no-color"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigurationError(f"terraform output did not answer; {NO_TABLE}") from error
    if done.returncode:
        raise ConfigurationError(f"terraform output failed: {done.stderr.strip()}; {NO_TABLE}")
    return {name: str(output["value"]) for name, output in json.loads(done.stdout).items()}
