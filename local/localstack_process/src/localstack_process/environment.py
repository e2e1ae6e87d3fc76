"""What a function's process finds around it: its code, its layers, its environment."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion


def code_folder(function_version: FunctionVersion) -> Path:
    """Return where the function's own code is unzipped: Lambda's /var/task."""
    code: Any = function_version.config.code
    return Path(code.get_unzipped_code_location())


def layers_of(function_version: FunctionVersion) -> list[Any]:
    """Return the layers' code archives, in the order of the function's configuration."""
    return [layer.code for layer in function_version.config.layers]


def function_environment(
    function_version: FunctionVersion, given: Mapping[str, Any]
) -> dict[str, str]:
    """Return the whole environment of a function; nothing comes from LocalStack's own."""
    code = str(code_folder(function_version))
    path = [code, *python_folders(function_version)]
    runtime = {
        "LANG": "C.UTF-8",
        "PATH": os.defpath,
        "TMPDIR": tempfile.gettempdir(),
    }
    overrides = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function_version.config.runtime}",
        "LAMBDA_TASK_ROOT": code,
        "PYTHONPATH": os.pathsep.join([*path, *filter(None, [given.get("PYTHONPATH")])]),
    }
    return runtime | {name: str(value) for name, value in given.items()} | overrides


def python_folders(function_version: FunctionVersion) -> Iterator[str]:
    """Yield where Python looks in the layers; of two layers with one module the later wins."""
    version = str(function_version.config.runtime).removeprefix("python")
    for layer in reversed(layers_of(function_version)):
        opt = Path(layer.get_unzipped_code_location())
        yield str(opt / f"python/lib/python{version}/site-packages")
        yield str(opt / "python")
