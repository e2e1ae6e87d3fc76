"""Makes zips that depend on nothing but their content, and knows when one has to be made again."""

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

# The earliest time a zip can hold; real times would make every build another file.
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
READABLE_FILE = 0o644 << 16

MEBIBYTE = 1024 * 1024
ZIPPED_LIMIT = 50 * MEBIBYTE
UNZIPPED_LIMIT = 250 * MEBIBYTE


class TooLarge(Exception):
    """What Lambda would refuse; the message names the file, its size and the limit."""


def files_below(folder: Path) -> dict[str, Path]:
    """List a folder's files by their path in it, without hidden ones such as editors leave."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path for path in paths if not path.name.startswith(".")
    }


def sources_below(folder: Path) -> dict[str, Path]:
    """List a folder's files without what Python has cached beside them."""
    return {n: path for n, path in files_below(folder).items() if "__pycache__" not in path.parts}


def digest_of(recipe: Iterable[str], files: Mapping[str, Path]) -> str:
    """Name the content of these texts and files, whenever and wherever they were written."""
    digest = hashlib.sha256()
    for text in recipe:
        digest.update(f"{len(text)}:{text}".encode())
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        digest.update(f"{name}:{len(content)}:".encode() + content)
    return digest.hexdigest()


def is_current(archive: Path, digest: str) -> bool:
    """Say whether the archive was made of exactly this content."""
    stamp = _stamp_of(archive)
    return archive.is_file() and stamp.is_file() and stamp.read_text() == digest


def write_archive(archive: Path, files: Mapping[str, Path], digest: str) -> None:
    """Write the files in order of their names, then the stamp; never leaves half a zip."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    unfinished = archive.with_suffix(".zip.part")
    with zipfile.ZipFile(unfinished, "w") as opened:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.external_attr = READABLE_FILE
            opened.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    unfinished.replace(archive)
    _stamp_of(archive).write_text(digest)


def unzipped_size(archive: Path) -> int:
    """Add up what the archive weighs once Lambda has unpacked it."""
    with zipfile.ZipFile(archive) as opened:
        return sum(entry.file_size for entry in opened.infolist())


def check_zipped(archive: Path, limit: int = ZIPPED_LIMIT) -> None:
    """Refuse an archive that Lambda does not take as a direct upload."""
    size = archive.stat().st_size
    if size > limit:
        raise TooLarge(
            f"{archive.name} weighs {for_people(size)}, and Lambda takes {for_people(limit)}"
        )


def check_unzipped(name: str, size: int, limit: int = UNZIPPED_LIMIT) -> None:
    """Refuse a function that with its layers is more than Lambda unpacks."""
    if size > limit:
        raise TooLarge(
            f"{name} with its layers weighs {for_people(size)} unpacked, "
            f"and Lambda takes {for_people(limit)}"
        )


def for_people(size: int) -> str:
    """Write a size as people read it."""
    return f"{size / MEBIBYTE:.1f} MiB" if size >= MEBIBYTE else f"{size / 1024:.1f} KiB"


def _stamp_of(archive: Path) -> Path:
    return archive.with_suffix(".zip.sha256")
