"""The environment that LocalStack runs in."""

import os
from collections.abc import Mapping
from pathlib import Path

from local.localstack.install import Installation
from local.localstack.system import LOOPBACK

FOLDERS = ("cache", "tmp", "volume")
# Nothing of the developer's own set-up may change what LocalStack does.
NOT_INHERITED = ("AWS_", "LOCALSTACK_", "LAMBDA_", "PROVIDER_OVERRIDE_", "PYTHON")


def environment(
    installation: Installation, folder: Path, port: int, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of a LocalStack that keeps its files in `folder`."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(NOT_INHERITED)}
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "DISABLE_EVENTS": "1",  # no telemetry
        "DNS_ADDRESS": "0",
        "EAGER_SERVICE_LOADING": "0",
        "FILESYSTEM_ROOT": str(folder / "volume"),
        "GATEWAY_LISTEN": f"{LOOPBACK}:{port}",
        "LAMBDA_PROCESS_PYTHON": str(installation.function_python),
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "PROVIDER_OVERRIDE_DYNAMODB": "moto",
        "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "moto",
        "PYTHONUNBUFFERED": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "TMPDIR": str(folder / "tmp"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
