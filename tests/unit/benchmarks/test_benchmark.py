import json
from pathlib import Path

import pytest

from benchmarks.detection.__main__ import main
from benchmarks.detection.seeds import BY_NAME, REPORTED, TUNING, quick
from benchmarks.fleet_simulator.scenarios import SCENARIOS


def test_no_seed_is_both_tuned_on_and_reported() -> None:
    for scenario in SCENARIOS:
        assert not set(TUNING[scenario]) & set(REPORTED[scenario])


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_seeds_name_scenarios_that_exist(name: str) -> None:
    assert BY_NAME[name].keys() == SCENARIOS.keys()
    assert quick(BY_NAME[name]).keys() < SCENARIOS.keys()


def test_it_prints_tables_and_writes_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "figures.json"
    lost = ["--scenario", "50 tasks on a lost endpoint", "--seed", "1", "--workers", "1"]

    assert main([*lost, "--json", str(written)]) == 0

    printed = capsys.readouterr()
    assert "endpoint_down" in printed.out and "1/1" in printed.err
    figures = json.loads(written.read_text())
    assert figures["all"]["static rules"]["extras"] == 49
    assert figures["one_cause_many_tasks"][0]["incidents"]["static rules"] == 50


def test_it_shows_the_readings_around_what_went_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lost = ["--scenario", "50 tasks on a lost endpoint", "--seed", "1", "--workers", "1"]

    main([*lost, "--detectors", "static rules", "--explain", "endpoint_down"])

    printed = capsys.readouterr().out
    assert "EXTRAS (49) endpoint_down" in printed
    assert "latency" in printed
