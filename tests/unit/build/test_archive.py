import zipfile
from pathlib import Path

import pytest

from local import archive


def a_folder(path: Path, **texts: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (path / f"{name}.py").write_text(text)
    return path


def test_the_same_content_makes_the_same_bytes_whenever_it_is_zipped(tmp_path: Path) -> None:
    first, second = (a_folder(tmp_path / name, b="1", a="2") for name in ("one", "two"))
    (second / "a.py").touch()

    for folder in (first, second):
        archive.write_archive(tmp_path / f"{folder.name}.zip", archive.files_below(folder), "x")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_an_archive_is_current_until_a_file_changes(tmp_path: Path) -> None:
    folder, target = a_folder(tmp_path / "src", a="1"), tmp_path / "out" / "src.zip"
    before = archive.digest_of(["arm64"], archive.files_below(folder))
    archive.write_archive(target, archive.files_below(folder), before)
    (folder / "a.py").write_text("2")
    after = archive.digest_of(["arm64"], archive.files_below(folder))

    assert archive.is_current(target, before)
    assert not archive.is_current(target, after)


def test_an_archive_is_not_current_for_another_processor(tmp_path: Path) -> None:
    files = archive.files_below(a_folder(tmp_path, a="1"))

    assert archive.digest_of(["arm64"], files) != archive.digest_of(["x86_64"], files)


def test_a_stamp_without_its_archive_counts_for_nothing(tmp_path: Path) -> None:
    target = tmp_path / "src.zip"
    archive.write_archive(target, {}, "digest")
    target.unlink()

    assert not archive.is_current(target, "digest")


def test_names_and_contents_cannot_be_mistaken_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("b1")
    (tmp_path / "long").write_text("1")

    first = archive.digest_of([], {"a": tmp_path / "short"})
    second = archive.digest_of([], {"ab": tmp_path / "long"})

    assert first != second


def test_caches_and_hidden_files_stay_out_of_the_sources(tmp_path: Path) -> None:
    a_folder(tmp_path, kept="")
    a_folder(tmp_path / "__pycache__", cached="")
    (tmp_path / ".hidden").touch()

    assert list(archive.sources_below(tmp_path)) == ["kept.py"]


def test_every_user_may_read_what_is_in_an_archive(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "src", a="1")
    (folder / "a.py").chmod(0o600)
    archive.write_archive(tmp_path / "a.zip", archive.files_below(folder), "x")

    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert opened.infolist()[0].external_attr >> 16 == 0o644


def test_what_lambda_would_refuse_is_refused_with_its_size(tmp_path: Path) -> None:
    target = tmp_path / "big.zip"
    target.write_bytes(bytes(2048))

    with pytest.raises(archive.TooLarge, match=r"big\.zip weighs 2\.0 KiB, and Lambda takes 1\.0"):
        archive.check_zipped(target, limit=1024)
    with pytest.raises(archive.TooLarge, match=r"monitor_tasks with its layers weighs 2\.0 KiB"):
        archive.check_unzipped("monitor_tasks", 2048, limit=1024)
