"""Finds Terraform's providers on a machine that cannot reach the registry."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

VARIABLE = "TF_PROVIDER_MIRROR"
FOLDER_NAME = "registry.terraform.io"
DEPTH = 4
# Not files of anybody's, and endless in places.
SKIPPED = frozenset({"/proc", "/sys", "/dev"})

CONFIGURATION = """provider_installation {{
  filesystem_mirror {{
    path = "{path}"
  }}
}}
"""


def find_mirror(environment: Mapping[str, str], top: Path = Path("/")) -> Path | None:
    """Give the folder that holds `registry.terraform.io`; the variable's word counts first."""
    named = environment.get(VARIABLE)
    if named:
        path = Path(named).expanduser().resolve()
        return path.parent if path.name == FOLDER_NAME else path
    return next(
        (folder.parent for folder in _folders(top, DEPTH) if folder.name == FOLDER_NAME), None
    )


def write_configuration(mirror: Path, target: Path) -> None:
    """Write the CLI configuration that has Terraform install from the mirror alone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(CONFIGURATION.format(path=mirror.as_posix()))


def _folders(top: Path, depth: int) -> Iterator[Path]:
    """Walk level by level, so that the nearest folder is found first."""
    level = [top]
    for _ in range(depth):
        level = [folder for parent in level for folder in _children(parent)]
        yield from level


def _children(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:  # not ours to read, or gone meanwhile
        return []
    return [Path(path) for path in sorted(found) if path not in SKIPPED]
