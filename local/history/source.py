"""Finds the table to read: the named one, that of `make local-up`, or that of `terraform apply`."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    where: Mapping[str, str] = field(default_factory=dict)
    """What leads a client there: region, address and keys, as far as a shell need not know them."""

    def client(self, service: str) -> Any:
        """Return a client of another service in the table's place and account."""
        make: Any = boto3.client
        return make(service, config=CONFIG, **self.where)


def find_source(name: str | None, environment: Mapping[str, str]) -> Source:
    """Return the table to read; raises ConfigurationError when none is known."""
    if named := name or environment.get("TABLE_NAME"):
        return Source(_table(named), f"table {named}")
    if stack := running_stack():
        found = f"table {stack['table_name']} of make local-up"
        where = _local(stack["endpoint"])
        table = _table(stack["table_name"], where)
        return Source(table, found, stack.get("console_url"), where)
    if outputs := _applied():
        # The state machine's ARN names the region, which a shell need not be set to.
        region = outputs["state_machine_arn"].split(":")[3]
        found = f"table {outputs['table_name']} in {region}"
        where = {"region_name": region}
        table = _table(outputs["table_name"], where)
        return Source(table, found, outputs.get("console_url"), where)
    raise ConfigurationError(NO_TABLE)


def local_table(endpoint: str, name: str) -> "Table":
    """Return a table of a LocalStack."""
    return _table(name, _local(endpoint))


def _local(endpoint: str) -> dict[str, str]:
    return {
        "endpoint_url": endpoint,
        "region_name": "eu-west-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }


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
