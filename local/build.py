"""Builds the layers and functions that Terraform deploys: `python -m local.build --help`.

Everything lands in `build/<architecture>/`, and only what changed is built again.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local import archive, packages
from local.alert_rules import reading
from local.packages import Architecture, BuildFailed
from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid
from qlik_monitor.adapters.alert_rules_file import COMPILED_NAME

ROOT = Path(__file__).resolve().parent.parent
# Where Lambda unpacks the two kinds of archive.
LAYERS_MOUNT = "/opt"
FUNCTION_MOUNT = "/var/task"
# Commands of packages, and what no function imports of CEL's runtime: two thirds of its 57 MiB.
UNUSED = ("bin", "bazel-project", "cel_expr_python/ext")


@dataclass(frozen=True)
class Built:
    """One finished archive."""

    path: Path
    changed: bool


@dataclass(frozen=True)
class Build:
    """Everything that one processor needs, from the sources below `root`."""

    architecture: Architecture = Architecture.ARM64
    root: Path = ROOT
    rules: Path | None = None
    """The alerting rules; None for alert_rules.yaml where there is one."""

    @property
    def folder(self) -> Path:
        """Where the archives land; Terraform's `build_folder`."""
        return self.root / "build" / self.architecture

    def run(self) -> list[Built]:
        """Build what changed and refuse what Lambda would refuse."""
        layers = [self.dependencies(), self.qlik_monitor()]
        functions = [self.function(folder) for folder in self.function_folders()]
        self._check_sizes(layers, functions)
        return [*layers, *functions]

    def function_folders(self) -> list[Path]:
        """Find the functions: each folder with a handler."""
        found = sorted(path.parent for path in (self.root / "functions").glob("*/handler.py"))
        if not found:
            raise BuildFailed(f"no folder of {self.root / 'functions'} holds a handler.py")
        return found

    def dependencies(self) -> Built:
        """Install the pinned packages for the processor and zip them as a layer."""
        pinned = self.root / "layers" / "dependencies" / "requirements.txt"
        target = self.folder / "layers" / "dependencies.zip"
        digest = archive.digest_of(self._recipe(), {pinned.name: pinned})
        if archive.is_current(target, digest):
            return Built(target, changed=False)
        with tempfile.TemporaryDirectory() as scratch:
            installed = Path(scratch) / "python"
            packages.install(pinned, installed, self.architecture)
            for name in UNUSED:
                shutil.rmtree(installed / name, ignore_errors=True)
            _compile_and_zip(Path(scratch), LAYERS_MOUNT, target, digest)
        return Built(target, changed=True)

    def qlik_monitor(self) -> Built:
        """Zip our own layer as it lies, with the deployment's alerting rules."""
        files = archive.sources_below(self.root / "layers" / "qlik_monitor")
        with tempfile.TemporaryDirectory() as scratch:
            if rules := self._compiled_rules():
                place = Path(scratch) / COMPILED_NAME
                place.write_text(rules, "utf-8")
                files[f"python/qlik_monitor/{COMPILED_NAME}"] = place
            return self._zip(files, LAYERS_MOUNT, self.folder / "layers" / "qlik_monitor.zip")

    def _compiled_rules(self) -> str | None:
        path = self.rules or self.root / reading.DEFAULT_NAME
        # A file that was named and is not there is a mistake, never a deployment without rules.
        if self.rules is None and not path.exists():
            return None
        return reading.read_rules(path.absolute(), self.root).compiled

    def function(self, folder: Path) -> Built:
        """Zip one function at the path it is imported by."""
        files = {
            f"functions/{folder.name}/{name}": path
            for name, path in archive.sources_below(folder).items()
        }
        above = folder.parent / "__init__.py"
        if above.is_file():
            files["functions/__init__.py"] = above
        return self._zip(files, FUNCTION_MOUNT, self.folder / "functions" / f"{folder.name}.zip")

    def _zip(self, files: Mapping[str, Path], mounted_at: str, target: Path) -> Built:
        digest = archive.digest_of(self._recipe(), files)
        if archive.is_current(target, digest):
            return Built(target, changed=False)
        with tempfile.TemporaryDirectory() as scratch:
            for name, path in files.items():
                copy = Path(scratch) / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            _compile_and_zip(Path(scratch), mounted_at, target, digest)
        return Built(target, changed=True)

    def _recipe(self) -> list[str]:
        """Say what, beside the sources, decides about an archive's content."""
        code = [Path(module.__file__ or "").read_text() for module in (archive, packages)]
        return [self.architecture, str(sys.implementation.cache_tag), *UNUSED, *code]

    def _check_sizes(self, layers: Sequence[Built], functions: Sequence[Built]) -> None:
        for built in (*layers, *functions):
            archive.check_zipped(built.path)
        shared = sum(archive.unzipped_size(layer.path) for layer in layers)
        for function in functions:
            own = archive.unzipped_size(function.path)
            archive.check_unzipped(function.path.stem, shared + own)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build from the command line; 1 with one clear sentence when something failed."""
    options = _parser().parse_args(arguments)
    build = Build(Architecture(options.architecture), rules=options.rules)
    try:
        if options.lock:
            folder = build.root / "layers" / "dependencies"
            packages.lock(folder / "requirements.in", folder / "requirements.txt")
        for built in build.run():
            print(_line(built, build.root))
    except AlertRulesInvalid as error:
        print("build failed: the alerting rules cannot be used", file=sys.stderr)
        print(*error.mistakes, sep="\n", file=sys.stderr)
        return 1
    except (BuildFailed, archive.TooLarge, OSError) as error:
        print(f"build failed: {error}", file=sys.stderr)
        return 1
    return 0


def _compile_and_zip(folder: Path, mounted_at: str, target: Path, digest: str) -> None:
    packages.compile_to_bytecode(folder, mounted_at)
    archive.write_archive(target, archive.files_below(folder), digest)


def _line(built: Built, root: Path) -> str:
    zipped = archive.for_people(built.path.stat().st_size)
    unzipped = archive.for_people(archive.unzipped_size(built.path))
    state = "built" if built.changed else "unchanged"
    return f"{state:9}  {built.path.relative_to(root)}  {zipped} ({unzipped} unpacked)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.build", description=__doc__)
    parser.add_argument(
        "--architecture",
        choices=[str(architecture) for architecture in Architecture],
        default=str(Architecture.ARM64),
        help="processor to build for; host for a local run on this machine (default: %(default)s)",
    )
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help=f"the deployment's alerting rules; without it {reading.DEFAULT_NAME}, if there is one",
    )
    parser.add_argument(
        "--lock",
        action="store_true",
        help="first pin layers/dependencies/requirements.txt anew from requirements.in (needs uv)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
