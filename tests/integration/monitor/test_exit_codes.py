import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.mock_qlik.server import MockQlik
from tests.integration.monitor.running import HEALTHY, TOKEN, VARIABLES, a_fleet

ROOT = Path(__file__).parents[3]
LAYER = ROOT / "layers" / "qlik_monitor" / "python"
UNREACHABLE = {"name": "X", "state": "ERROR", "message": "connection timed out"}


def environment(qlik: MockQlik) -> dict[str, str]:
    """An environment that leaves nothing to a developer's own `.env`."""
    empty = {name: "" for name in VARIABLES if name != "QLIK_FLAVOR"}
    paths = {"PYTHONPATH": f"{ROOT}:{LAYER}"}
    return {**os.environ, **empty, **paths} | {
        "QLIK_API_ENDPOINT": qlik.url,
        "QLIK_FLAVOR": "auto",
        "QLIK_API_TOKEN": TOKEN,
    }


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (HEALTHY, 0),
        (a_fleet({"kind": "aborted"}), 1),
        ({"servers": [*HEALTHY["servers"], UNREACHABLE]}, 2),
        ({"servers": [*a_fleet({"kind": "aborted"})["servers"], UNREACHABLE]}, 2),
    ],
    ids=["healthy", "ill", "not read whole", "ill and not read whole"],
)
def test_the_exit_code_tells_how_the_fleet_is_and_stdout_is_one_json_object(
    scenario: dict[str, Any], code: int
) -> None:
    with MockQlik(scenario) as qlik:
        ran = subprocess.run(
            [sys.executable, "-m", "local.monitor", "--json"],
            cwd=ROOT,
            env=environment(qlik),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == code, ran.stderr
    assert set(json.loads(ran.stdout)) == {"tasks", "unread"}
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (HEALTHY, 0),
        (a_fleet({"kind": "aborted"}), 1),
        ({"servers": [*HEALTHY["servers"], UNREACHABLE]}, 2),
    ],
    ids=["healthy", "ill", "not read whole"],
)
def test_make_hands_on_the_exit_code_and_prints_nothing_but_the_json_object(
    scenario: dict[str, Any], code: int
) -> None:
    make = shutil.which("make")
    assert make is not None
    with MockQlik(scenario) as qlik:
        ran = subprocess.run(
            [make, "-s", "monitor", "ARGS=--json"],
            cwd=ROOT,
            env=environment(qlik),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == code, ran.stderr
    assert json.loads(ran.stdout)["tasks"]
