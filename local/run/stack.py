"""Brings the whole stack up on this machine and takes it down again."""

import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from localstack_client.session import Session as LocalStackSession

from local.artifacts import upload_functions
from local.build import Build
from local.localstack.server import localstack_from_environment
from local.mock_openai import MockOpenAI
from local.mock_qlik.server import MockQlik
from local.packages import Architecture
from local.run.plan import Plan
from local.terraform import Terraform, TerraformFailed

REGION = "eu-west-1"
BUCKET = "qlik-monitor-artifacts"
DUMMY = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
Say = Callable[[str], None]

QUICK: Mapping[str, Any] = {
    "stuck_task_threshold_seconds": 15,
    "recovery_threshold_seconds": 20,
    "verify_interval_seconds": 2,
    "verify_settle_seconds": 3,
    "verify_healthy_readings": 2,
    "verify_max_checks": 12,
    "restart_backoff_seconds": 1,
    "approval_timeout_seconds": 30,
    "monitoring_interval_seconds": 60,
    "qlik_action_timeout_seconds": 20,
    "openai_timeout_seconds": 3,
}
"""A night's patience in a minute: what differs from the defaults in every local run."""


@dataclass(frozen=True)
class Stack:
    """Handles on everything that runs."""

    endpoint: str
    outputs: Mapping[str, Any]
    qlik: MockQlik
    openai: MockOpenAI

    def client(self, service: str) -> Any:
        """Return a boto3 client of this LocalStack."""
        return client(service, self.endpoint)

    def resource(self, service: str) -> Any:
        """Return a boto3 resource of this LocalStack."""
        return _session(self.endpoint).resource(service)


def client(service: str, endpoint: str) -> Any:
    """Return a boto3 client of a LocalStack."""
    config = Config(
        inject_host_prefix=False,
        retries={"mode": "standard"},
        s3={"addressing_style": "path"},
    )
    return _session(endpoint).client(service, config=config)


def _session(endpoint: str) -> Any:
    return LocalStackSession(localstack_host=urlsplit(endpoint).netloc, region_name=REGION)


def host_architecture() -> Architecture:
    """Name this machine's processor as Lambda does."""
    arm = platform.machine().lower() in ("arm64", "aarch64")
    return Architecture.ARM64 if arm else Architecture.X86_64


@contextmanager
def running(plan: Plan, say: Say, *, port: int = 0, name: str = "run") -> Iterator[Stack]:
    """Build, start and apply everything; end all of it when the block is left, however that is."""
    say("Building layers and functions ...")
    build = Build(Architecture.HOST)
    build.run()
    with ExitStack() as opened:
        qlik = opened.enter_context(MockQlik(plan.qlik, speed=plan.qlik.speed))
        openai = opened.enter_context(MockOpenAI(plan.openai))
        localstack = opened.enter_context(localstack_from_environment(port=port, progress=say))
        say("Applying Terraform ...")
        terraform = _terraform(localstack.endpoint, name)
        variables = _variables(plan, localstack.endpoint, qlik, openai)
        variables |= _archives(localstack.endpoint, build)
        if localstack.outlives_us:
            # The stack would go on calling mock servers that have ended.
            opened.callback(_take_down, terraform, variables, say)
        outputs = terraform.apply(variables)
        say(f"Terraform made {_count(terraform)} resources")
        # The scenario's time begins when someone is watching.
        qlik.control.reset()
        qlik.served.watch(plan.planted)
        yield Stack(localstack.endpoint, outputs, qlik, openai)


def _terraform(endpoint: str, name: str) -> Terraform:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    terraform = Terraform(name, environment=environment | DUMMY | {"AWS_ENDPOINT_URL": endpoint})
    # LocalStack forgets everything when it ends, so an old state speaks of things long gone.
    terraform.state.unlink(missing_ok=True)
    terraform.init()
    return terraform


def _take_down(terraform: Terraform, variables: Mapping[str, Any], say: Say) -> None:
    say("Destroying what Terraform made ...")
    try:
        terraform.destroy(variables)
    except TerraformFailed as error:
        say(f"The LocalStack that ran already keeps a part of the stack: {error}")


def _variables(plan: Plan, endpoint: str, qlik: MockQlik, openai: MockOpenAI) -> dict[str, Any]:
    credentials = plan.qlik.credentials
    return {
        "localstack_endpoint": endpoint,
        "deletion_protection": False,
        "secret_recovery_days": 0,
        "qlik_secret_version": 1,
        "openai_secret_version": 1,
        "qlik_api_endpoint": qlik.url,
        "qlik_username": credentials.username,
        "qlik_password": credentials.password,
        "openai_api_key": openai.api_key,
        "openai_base_url": openai.url,
        **QUICK,
        **plan.settings,
    }


def _archives(endpoint: str, build: Build) -> dict[str, Any]:
    """Put the functions into a bucket: from there Terraform makes them all at once."""
    s3 = client("s3", endpoint)
    # A LocalStack that ran already may hold the bucket of an earlier run.
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    upload_functions(build.folder, BUCKET, s3)
    return {
        "architecture": host_architecture(),
        "build_folder": str(build.folder),
        "artifact_bucket": BUCKET,
    }


def _count(terraform: Terraform) -> int:
    resources = json.loads(terraform.state.read_text())["resources"]
    return sum(len(one["instances"]) for one in resources if one["mode"] == "managed")
