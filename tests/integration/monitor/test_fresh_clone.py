"""The first command on a fresh clone: the installation neither ends it nor speaks in its place."""

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
READ_BY_MAKE = (
    "Makefile",
    "requirements.txt",
    "constraints.txt",
    "layers/dependencies/requirements.txt",
)
# A Python that makes environments of stand-ins: all that would be downloaded is noise.
PYTHON = """#!/usr/bin/env bash
case "$*" in
  -c*) ;;
  "-m venv"*)
    mkdir -p .venv/bin && cp "$0" .venv/bin/python
    printf '#!/usr/bin/env bash\\necho uv says something\\nexit $UV_ENDS_WITH\\n' > .venv/bin/uv
    chmod +x .venv/bin/uv ;;
  "-m pip"*) echo pip says something; exit "$PIP_ENDS_WITH" ;;
  "-m local."*) echo '{"tasks": [], "unread": []}'; exit "$MODULE_ENDS_WITH" ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What make reads of the project, without an environment."""
    for name in READ_BY_MAKE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def make(
    clone: Path, *arguments: str, module: int = 0, uv: int = 0, pip: int = 0
) -> subprocess.CompletedProcess[str]:
    program = shutil.which("make")
    path = shutil.which("bash")
    assert program is not None
    assert path is not None
    return subprocess.run(
        [program, "-s", *arguments, f"PYTHON={clone / 'python'}"],
        cwd=clone,
        env={
            "PATH": f"{Path(path).parent}:/usr/bin:/bin",
            "MODULE_ENDS_WITH": str(module),
            "UV_ENDS_WITH": str(uv),
            "PIP_ENDS_WITH": str(pip),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_first_look_installs_prints_one_json_object_and_hands_on_its_code(
    clone: Path, code: int
) -> None:
    ran = make(clone, "monitor", "ARGS=--json", module=code)

    assert ran.returncode == code, ran.stderr
    assert json.loads(ran.stdout) == {"tasks": [], "unread": []}
    assert "Installing the development environment" in ran.stderr
    assert (clone / ".venv" / ".installed").exists()


@pytest.mark.parametrize("target", ["mock-qlik", "mock-openai"])
def test_a_mock_server_s_address_is_the_first_line_also_on_a_fresh_clone(
    clone: Path, target: str
) -> None:
    assert make(clone, target).stdout.startswith("{")


def test_where_uv_cannot_install_pip_does(clone: Path) -> None:
    ran = make(clone, "monitor", "ARGS=--json", uv=1)

    assert (ran.returncode, json.loads(ran.stdout)["tasks"]) == (0, [])


@pytest.mark.parametrize("target", ["monitor", "mock-qlik"])
def test_an_installation_that_fails_is_not_taken_for_an_ill_fleet(clone: Path, target: str) -> None:
    ran = make(clone, target, uv=1, pip=1)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert not (clone / ".venv" / ".installed").exists()
