"""Install LocalStack and the functions' small Python: `python -m local.localstack.install`.

Each part is stamped with a hash of what it was made from, so that it is made once only.
"""

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLUG_IN = HERE.parent / "localstack_process"
DEFAULT_BUILD = HERE.parent.parent / "build" / "localstack"

type Progress = Callable[[str], None]


class InstallationFailed(RuntimeError):
    """A package installer failed; the message holds what it printed."""


@dataclass(frozen=True)
class Part:
    """Packages in a virtual environment, made again when one of the sources changes."""

    name: str
    folder: Path
    arguments: tuple[str, ...]
    sources: tuple[Path, ...]
    fresh: bool = True  # starts from an empty environment instead of adding to one

    @property
    def stamp(self) -> Path:
        """The file that says what the part was made from."""
        return self.folder / f".{self.name.replace(' ', '-')}.stamp"

    def fingerprint(self) -> str:
        """Hash the content of the sources, and the Python they are for."""
        digest = hashlib.sha256(sys.version.encode())
        for source in self.sources:
            digest.update(source.name.encode() + b"\0" + source.read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        """Tell whether nothing needs to be done."""
        return self.stamp.is_file() and self.stamp.read_text() == self.fingerprint()


@dataclass(frozen=True)
class Installation:
    """What lies where below the build folder."""

    build: Path = DEFAULT_BUILD

    @property
    def localstack_python(self) -> Path:
        """The Python that has LocalStack and its plug-ins."""
        return self.build / "venv" / "bin" / "python"

    @property
    def function_python(self) -> Path:
        """The Python that runs functions: it has what AWS's runtime has, and no more."""
        return self.build / "lambda-runtime" / "bin" / "python"

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is installed, in order."""
        venv, runtime = self.build / "venv", self.build / "lambda-runtime"
        requirements = HERE / "requirements.txt"
        functions = HERE / "lambda-runtime-requirements.txt"
        return (
            Part("LocalStack", venv, ("-r", str(requirements)),
                 (requirements, HERE / "constraints.txt")),
            Part("LocalStack plug-ins", venv, ("--no-deps", "--force-reinstall", str(PLUG_IN)),
                 (PLUG_IN / "pyproject.toml", *sorted(PLUG_IN.rglob("src/**/*.py"))), fresh=False),
            Part("functions' Python", runtime, ("-r", str(functions)), (functions,)),
        )  # fmt: skip

    def is_complete(self) -> bool:
        """Tell whether LocalStack can start from here."""
        return all(part.is_current() for part in self.parts)


def install(build: Path = DEFAULT_BUILD, progress: Progress = print) -> Installation:
    """Install what is missing or outdated, and tell where it is."""
    installation = Installation(build)
    if installation.is_complete():
        return installation
    with _alone(build):
        for part in installation.parts:
            if not part.is_current():
                _make(part, progress)
    return installation


@contextmanager
def _alone(build: Path) -> Iterator[None]:
    """Let a second installer wait, and find everything done."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(part: Part, progress: Progress) -> None:
    progress(f"Installing {part.name} ...")
    start = time.monotonic()
    if part.fresh:
        venv.create(part.folder, clear=True, symlinks=True)
    _install_packages(part.folder / "bin" / "python", part.arguments)
    part.stamp.write_text(part.fingerprint())
    progress(f"Installed {part.name} in {time.monotonic() - start:.1f} s")


def _install_packages(python: Path, arguments: Sequence[str]) -> None:
    """Prefer uv, which is several times faster; pip also knows the machine's own settings."""
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    uv = shutil.which("uv", path=Path(sys.executable).parent)
    commands = [[uv, "pip", "install", "--python", str(python)], pip] if uv else [pip]
    for command in commands:
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    raise InstallationFailed(
        f"{' '.join(arguments)} could not be installed:\n{done.stderr.strip()}"
    )


def main() -> None:
    """Install from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=DEFAULT_BUILD)
    installation = install(parser.parse_args().build)
    print(f"LocalStack is installed in {installation.build}")


if __name__ == "__main__":
    main()
