"""Runs Terraform on `terraform/` without leaving anything there: `python -m local.terraform plan`.

Providers, state and settings of a run live in `build/terraform/<name>/`. Where the registry cannot
be reached, providers come from a mirror on this machine. For AWS, plain `terraform` is right.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.provider_mirror import VARIABLE, find_mirror, write_configuration
from local.whole_run import run_whole

ROOT = Path(__file__).resolve().parent.parent
# These read or write a state, which must not lie among the sources.
WITH_STATE = frozenset({"plan", "apply", "destroy", "refresh", "import", "output", "console"})
WITHOUT_PROVIDERS = frozenset({"fmt", "version", "init"})


class TerraformFailed(Exception):
    """Terraform ended with an error; the message is its own."""


class Terraform:
    """The stack's Terraform, with a state of its own under `name`."""

    def __init__(
        self,
        name: str = "local",
        root: Path = ROOT,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.sources = root / "terraform"
        self.folder = root / "build" / "terraform" / name
        self.state = self.folder / "terraform.tfstate"
        self._mirror_settings = root / "build" / "terraform" / "mirror.tfrc"
        self._environment = dict(os.environ if environment is None else environment)

    def init(self) -> None:
        """Install the locked provider; from a mirror when the registry does not answer."""
        if not shutil.which("terraform"):
            raise TerraformFailed("terraform is not on the PATH: install 1.11 or a later version.")
        if VARIABLE in self._environment:
            self._use_mirror()
        done = self._init_once()
        if done.returncode and self._use_mirror():
            done = self._init_once()
        _raise_if_failed(done)

    def run(self, *arguments: str, variables: Mapping[str, object] | None = None) -> str:
        """Run one command, give its output, and raise what it complains about."""
        command = [*self._command(arguments), "-no-color"]
        done = run_whole(command, self._env(variables or {}))
        _raise_if_failed(done)
        return done.stdout

    def show(self, *arguments: str) -> int:
        """Run one command on this terminal and give its exit code."""
        return run_whole(self._command(arguments), self._env({}), capture=False).returncode

    def apply(self, variables: Mapping[str, object]) -> dict[str, Any]:
        """Bring the stack up and give its outputs; secrets never stand on a command line."""
        self.run("apply", "-auto-approve", "-input=false", variables=variables)
        return self.outputs()

    def destroy(self, variables: Mapping[str, object]) -> None:
        """Take the stack down."""
        self.run("destroy", "-auto-approve", "-input=false", variables=variables)

    def outputs(self) -> dict[str, Any]:
        """Give the outputs of the last apply."""
        return {
            name: item["value"] for name, item in json.loads(self.run("output", "-json")).items()
        }

    def _init_once(self) -> subprocess.CompletedProcess[str]:
        command = self._command(["init", "-input=false", "-lockfile=readonly", "-no-color"])
        return run_whole(command, self._env({}))

    def _use_mirror(self) -> bool:
        mirror = find_mirror(self._environment)
        if mirror is None:
            self._mirror_settings.unlink(missing_ok=True)
            return False
        write_configuration(mirror, self._mirror_settings)
        return True

    def _command(self, arguments: Sequence[str]) -> list[str]:
        name, *rest = arguments
        state = [f"-state={self.state}"] if name in WITH_STATE else []
        return ["terraform", f"-chdir={self.sources}", name, *state, *rest]

    def _env(self, variables: Mapping[str, object]) -> dict[str, str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        values = {f"TF_VAR_{name}": _text(v) for name, v in variables.items() if v is not None}
        settings = {"TF_DATA_DIR": str(self.folder / "data"), "TF_IN_AUTOMATION": "1"}
        if self._mirror_settings.is_file():
            settings["TF_CLI_CONFIG_FILE"] = str(self._mirror_settings)
        return {**self._environment, **settings, **values}


def main(arguments: Sequence[str] | None = None) -> int:
    """Pass a command on to Terraform, after `init` where it needs providers."""
    parser = argparse.ArgumentParser(prog="python -m local.terraform", description=__doc__)
    parser.add_argument("--name", default="local", help="whose state to use (default: %(default)s)")
    parser.add_argument(
        "command", help="init, plan, apply, destroy, output, test, validate, fmt ..."
    )
    options, rest = parser.parse_known_args(arguments)
    terraform = Terraform(options.name)
    try:
        if options.command == "init" or options.command not in WITHOUT_PROVIDERS:
            terraform.init()
    except TerraformFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if options.command == "init" else terraform.show(options.command, *rest)


def _raise_if_failed(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise TerraformFailed(done.stderr.strip() or done.stdout.strip())


def _text(value: object) -> str:
    """Write a value as Terraform reads it from the environment."""
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    sys.exit(main())
