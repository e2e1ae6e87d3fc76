from collections.abc import Callable
from pathlib import Path

import pytest

from local.rules_check.__main__ import main
from tests.contract.docs.markdown import ROOT

Ask = Callable[..., tuple[int, str]]
EXAMPLE = str(ROOT / "docs" / "alert_rules.example.yaml")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Ask for the example's meaning."""
    for name in ("LAG_THRESHOLD_SECONDS", "STUCK_TASK_THRESHOLD_SECONDS"):
        monkeypatch.delenv(name, raising=False)

    def ask(*arguments: str) -> tuple[int, str]:
        code = main(["--rules", EXAMPLE, *arguments])
        return code, capsys.readouterr().out

    return ask


def test_without_a_task_the_rules_are_listed(asked: Ask) -> None:
    code, out = asked()
    assert code == 0
    assert "is valid. rules: 4, expressions: 3, entries of maintenance: 2, opt-out tags: 1" in out
    assert "servers: prod-*; tags: gold" in out


def test_for_a_task_every_rule_says_whether_it_applies_and_why(asked: Ask) -> None:
    code, out = asked(
        *("--task", "prod-eu-1/orders", "--tags", "gold, hands-off"),
        *("--at", "2026-11-21T22:30Z"),
    )
    assert code == 0
    for line in (
        "applies   gold on production (line 15): every matcher fits",
        "does not  nightly loads (line 35): tasks: orders is none of *_nightly, load_[0-9]*",
        "thresholds.lag_seconds = 120: rule 'gold on production', over 'everything' (900)",
        "thresholds.recovery_seconds = 1800: the deployment's own",
        "severity.table_errors = critical: rule 'everything'",
        "backlog on disk (rule 'gold on production', critical)",
        "asks for task.target_records_per_second, task.waiting_on_disk",
        "lasts until Sun 2026-11-22 02:00 Europe/Berlin (2026-11-22 01:00 UTC)",
        "begins next at Sat 2026-11-28 22:00 Europe/Berlin (2026-11-28 21:00 UTC)",
        "off: the task is opted out of automation by its tag hands-off",
    ):
        assert line in out


def test_a_task_that_no_rule_means_has_the_deployments_own_settings(asked: Ask) -> None:
    code, out = asked("--task", "other/orders", "--at", "2026-11-21T22:30Z")
    assert code == 0
    assert "thresholds.stuck_seconds = 1800: the deployment's own" in out
    assert "left to the policy" in out
    assert "lasts until" not in out


def test_mistakes_are_listed_and_end_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("version: 1\nrules: [{}]\nrule: 1\n")
    assert main(["--rules", str(path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{path}:2: rules[0].name: is missing",
        f"{path}:3: rule: there is no such field; did you mean 'rules'?",
    ]


def test_a_threshold_that_is_out_of_range_ends_with_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAG_THRESHOLD_SECONDS", "0")
    assert main(["--rules", EXAMPLE]) == 2
    assert "LAG_THRESHOLD_SECONDS" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task", "orders"], "expected 'server/task'"),
        (["--at", "yesterday"], "'yesterday' is not a time"),
        (["--at", "2026-11-21T22:30"], "add Z for UTC"),
    ],
    ids=["no server", "no time", "no offset"],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--rules", EXAMPLE, *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
