"""The rules by hand on small made-up series: windows of ten points, no probation to speak of."""

import json
from pathlib import Path

import pytest

from benchmarks.nab import anomaly_scores, baseline_scores, main
from benchmarks.nab_scoring import (
    PROFILES,
    CorpusMissing,
    Series,
    best_threshold,
    points_of,
    read_corpus,
    score,
    worth_at,
)

STANDARD, LOW_FP, LOW_FN = PROFILES
PROBATION = 15
HOUR = "2026-01-01 {:02}:{:02}:00"


def a_series(*windows: tuple[int, int], name: str = "group/file.csv", points: int = 100) -> Series:
    timestamps = [HOUR.format(index // 60, index % 60) for index in range(points)]
    return Series(name, timestamps, [0.0] * points, list(windows))


def flagged(*alarms: int, points: int = 100) -> list[float]:
    return [float(index in alarms) for index in range(points)]


def scored(series: Series, *alarms: int, threshold: float | None = 1.0) -> tuple[float, ...]:
    found = {series.name: flagged(*alarms)}
    return tuple(score([series], found, profile, threshold) for profile in PROFILES)


def test_a_detection_at_the_beginning_of_its_window_is_perfect() -> None:
    assert scored(a_series((40, 49)), 40) == pytest.approx((100, 100, 100))


def test_no_alarm_is_nought() -> None:
    assert scored(a_series((40, 49))) == (0, 0, 0)


def test_a_late_detection_earns_less_but_more_than_a_miss() -> None:
    late = worth_at(-0.1) / worth_at(-1)
    expected = (50 * (late + 1), 50 * (late + 1), 100 / 3 * (late + 2))
    assert scored(a_series((40, 49)), 49) == pytest.approx(expected)
    assert 50 < expected[0] < 65


def test_only_the_earliest_detection_in_a_window_counts() -> None:
    series = a_series((40, 49))
    assert scored(series, 43, 44, 49) == scored(series, 43)


def test_an_alarm_before_the_first_window_costs_all_it_can() -> None:
    assert scored(a_series((40, 49)), 30, 40) == pytest.approx(
        (100 - 50 * 0.11, 100 - 50 * 0.22, 100 - 100 / 3 * 0.11)
    )


def test_an_alarm_soon_after_a_window_costs_less_than_one_long_after() -> None:
    series = a_series((40, 49))
    soon, late, latest = (scored(series, 40, alarm)[0] for alarm in (50, 60, 90))
    assert 100 > soon > late > latest
    assert soon == pytest.approx(100 + 50 * 0.11 * worth_at(1 / 9))


def test_the_first_points_count_for_nothing() -> None:
    assert scored(a_series((40, 49)), 0, PROBATION - 1, 40) == pytest.approx((100, 100, 100))


def test_a_missed_window_and_a_found_one_are_half() -> None:
    assert scored(a_series((40, 49), (70, 79)), 40)[0] == pytest.approx(50)


def test_the_threshold_is_the_best_of_all_files_together() -> None:
    quiet, loud = a_series((40, 49), name="a/a.csv"), a_series((40, 49), name="b/b.csv")
    scores = {"a/a.csv": [0.0] * 100, "b/b.csv": [0.2] * 100}
    scores["a/a.csv"][40] = 0.3
    scores["b/b.csv"][40] = 0.9
    points = [p for series in (quiet, loud) for p in points_of(series, scores[series.name])]
    assert best_threshold(points, STANDARD) == 0.3
    assert score([quiet, loud], scores, STANDARD) == pytest.approx(100)


def test_raising_no_alarm_can_be_best() -> None:
    series = a_series((90, 99))
    everywhere_but_there = flagged(*range(90))
    assert score([series], {series.name: everywhere_but_there}, LOW_FP) == 0


def write(folder: Path, windows: list[list[str]], values: list[float]) -> None:
    (folder / "data/group").mkdir(parents=True)
    (folder / "labels").mkdir()
    rows = [f"{HOUR.format(index // 60, index % 60)},{value}" for index, value in enumerate(values)]
    (folder / "data/group/file.csv").write_text("\n".join(["timestamp,value", *rows]))
    (folder / "labels/combined_windows.json").write_text(json.dumps({"group/file.csv": windows}))


def test_a_corpus_is_read_from_its_files(tmp_path: Path) -> None:
    write(tmp_path, [["2026-01-01 00:05:00.000000", "2026-01-01 00:07:00.000000"]], [1.5] * 10)
    (series,) = read_corpus(tmp_path)
    assert (series.name, series.group) == ("group/file.csv", "group")
    assert (series.windows, series.values) == ([(5, 7)], [1.5] * 10)


def test_a_folder_of_something_else_is_refused_with_the_expected_layout(tmp_path: Path) -> None:
    with pytest.raises(CorpusMissing, match=r"must hold data/<group>/<file>\.csv and labels/"):
        read_corpus(tmp_path)


@pytest.mark.parametrize("folder", ["", "/nonexistent"])
def test_the_command_says_what_is_missing(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["nab", folder])
    assert main() == 2
    assert "labels/combined_windows.json" in capsys.readouterr().err


def test_the_command_prints_all_profiles_of_each_group_and_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    values = [float(index % 7) for index in range(400)]
    values[300] = 500.0
    write(tmp_path, [["2026-01-01 04:50:00", "2026-01-01 05:10:00"]], values)
    monkeypatch.setattr("sys.argv", ["nab", str(tmp_path)])
    assert main() == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("standard", "low FP", "low FN", "EWMA"))
    assert [line.split()[0] for line in printed.splitlines()[1:3]] == ["group", "all"]


def test_both_detectors_find_a_spike_and_use_nothing_later() -> None:
    timestamps = [HOUR.format(index // 60, index % 60) for index in range(600)]
    values = [float(index % 7) for index in range(600)]
    values[500] = 900.0
    for detect in (anomaly_scores, baseline_scores):
        found = detect(timestamps, values)
        assert max(found) == found[500] <= 1
        assert detect(timestamps[:550], values[:550]) == found[:550]
