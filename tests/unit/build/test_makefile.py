"""What is written behind a target reaches its command as it is: make expands none of it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = "#!/bin/sh\nprintf '<%s>\\n' \"$@\"\n"
INSTALLED_FROM = ("requirements.txt", "constraints.txt", "layers/dependencies/requirements.txt")
ODD = """it's $5, V$SESSION, "quoted" `touch run` $(shell touch run) $$(touch run) \\ # 100 %"""
GIVEN = [
    ("local-run", "SCENARIO", "--scenario"),
    ("local-up", "SCENARIO", "--scenario"),
    ("console-demo", "SCENARIO", "--scenario"),
    ("console-link", "ROLE", "--role"),
    ("mock-qlik", "PORT", "--port"),
    ("mock-qlik", "SCENARIO", "--scenario"),
    ("mock-openai", "SCENARIO", "--scenario"),
    ("mock-oidc", "PORT", "--port"),
    ("history", "TASK", "local.history"),
    ("explain", "INCIDENT", "local.explain"),
    ("pause", "REASON", "--reason="),
    ("history", "DAYS", "--days="),
    ("history", "PNG", "--png="),
    ("history", "SVG", "--svg="),
    ("invoke", "FUNCTION", "local.invoke"),
    ("invoke", "EVENT", "local.invoke"),
    ("build", "RULES", "--rules"),
    ("rules-check", "RULES", "--rules"),
    ("rules-check", "TASK", "--task"),
    ("rules-check", "TAGS", "--tags"),
    ("rules-check", "AT", "--at"),
    ("rules-check", "MESSAGE", "--message"),
    ("bench-nab", "DATA", "benchmarks.nab"),
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose environment is installed, with a Python that tells what it is given."""
    for name in (*INSTALLED_FROM, ".venv/.installed", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    python = tmp_path / ".venv/bin/python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def made(project: Path, *arguments: str, **environment: str) -> str:
    make, bash = shutil.which("make"), shutil.which("bash")
    assert make is not None
    assert bash is not None
    return subprocess.run(
        [make, "-s", "-f", str(ROOT / "Makefile"), *arguments],
        cwd=project,
        env={"PATH": f"{Path(bash).parent}:/usr/bin:/bin"} | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize(("target", "name", "after"), GIVEN)
def test_what_is_given_arrives_as_it_is(
    project: Path, target: str, name: str, after: str
) -> None:
    out = made(project, target, f"{name}={ODD}")
    expected = f"<{after}{ODD}>" if after.endswith("=") else f"<{after}>\n<{ODD}>"
    assert expected in out
    assert not (project / "run").exists()


def test_what_stands_in_the_environment_arrives_as_it_is(project: Path) -> None:
    assert f"<--reason={ODD}>" in made(project, "pause", REASON=ODD)
    assert not (project / "run").exists()


@pytest.mark.parametrize(("target", "scenario"), [("local-run", "demo"), ("console-demo", "console")])
def test_a_run_without_a_scenario_has_one_of_its_own(
    project: Path, target: str, scenario: str
) -> None:
    assert f"<--scenario>\n<{scenario}>" in made(project, target)


def test_what_is_not_given_is_no_argument(project: Path) -> None:
    assert made(project, "invoke") == "<-m>\n<local.invoke>\n"
    assert made(project, "pause") == "<-m>\n<local.automation>\n<pause>\n"
