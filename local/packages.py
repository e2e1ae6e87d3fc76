"""Fetches what the functions import from elsewhere, for the processor they will run on."""

import compileall
import py_compile
import subprocess
import sys
from enum import StrEnum
from pathlib import Path

PYTHON_VERSION = "3.13"  # Lambda's python3.13

# In Lambda's Python runtime already, or needed by what is.
IN_LAMBDA_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six")


class BuildFailed(Exception):
    """A step of the build failed; the message is for people."""


class Architecture(StrEnum):
    """Processor to build for; `host` is whatever this machine is."""

    ARM64 = "arm64"
    X86_64 = "x86_64"
    HOST = "host"

    @property
    def pip_options(self) -> list[str]:
        """Tell pip which wheels fit; Lambda's Amazon Linux 2023 takes all of these names."""
        if self is Architecture.HOST:
            return []
        machine = "aarch64" if self is Architecture.ARM64 else "x86_64"
        tags = ("manylinux2014", "manylinux_2_17", "manylinux_2_28")
        platforms = [f"--platform={tag}_{machine}" for tag in tags]
        return [*platforms, "--implementation=cp", f"--python-version={PYTHON_VERSION}"]


def install(pinned: Path, target: Path, architecture: Architecture) -> None:
    """Put the pinned packages into a folder, as wheels only: nothing of them runs here."""
    _run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-compile", "--no-deps", "--only-binary=:all:", *architecture.pip_options),
            *(f"--target={target}", f"--requirement={pinned}"),
        ],
        f"could not install {pinned.name}",
    )


def compile_to_bytecode(folder: Path, mounted_at: str) -> None:
    """Put bytecode beside every module of a folder that Lambda will mount elsewhere.

    Lambda cannot keep bytecode where it runs, so each cold start would compile all it imports. The
    unchecked kind holds no time of day, which a zip would lose.
    """
    if f"{sys.version_info.major}.{sys.version_info.minor}" != PYTHON_VERSION:
        return
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=str(folder),
        prependdir=mounted_at,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise BuildFailed("a module does not compile; the reason stands above")


def lock(wanted: Path, pinned: Path) -> None:
    """Pin every package that the wanted ones need, less what Lambda's runtime holds."""
    left_out = [f"--no-emit-package={name}" for name in IN_LAMBDA_RUNTIME]
    _run(
        [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet"),
            f"--python-version={PYTHON_VERSION}",
            *("--custom-compile-command=python -m local.build --lock", *left_out),
            *(wanted.name, f"--output-file={pinned.name}"),
        ],
        f"could not pin {wanted.name}",
        folder=wanted.parent,
    )


def _run(command: list[str], failure: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{failure}:\n{done.stderr.strip() or done.stdout.strip()}")
