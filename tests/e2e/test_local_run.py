"""The whole product on LocalStack, started and judged as a newcomer does."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import ROOT, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


def report_of(path: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text())
    return report


def ends(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["subject"]: (one["came"], one["restarts"]) for one in report["incidents"]}


def test_every_kind_of_ending_comes_about(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with running("local-run", f"ARGS=--report {path}") as run:
        code = run.wait()
        assert code == 0, run.output
        report = report_of(path)
        assert report["succeeded"]
        came = ends(report)
        assert came["Local Server/Asked Customers"] == ("healed", "1/1")
        assert came["Local Server/Auto Customers"] == ("healed", "1/1")
        assert came["Local Server/Stuck Payments"] == ("healed", "1/1")
        assert came["endpoint Sales DB"] == ("healed", "5/5")
        assert came["Local Server/Refused Customers"] == ("rejected", "0/0")
        assert came["Local Server/Unanswered Customers"] == ("expired", "0/0")
        assert came["Local Server/Hopeless Invoices"] == ("escalated", "3/3")
        assert came["Unreachable Server"] == ("escalated", "0/0")
        left_alone = {"Quiet Archive", "Brief Outage", "Long Outage", "Maintenance", "ORDERS_01"}
        assert {f"Local Server/{name}" for name in left_alone} <= set(report["untouched"])
        assert report["cost"]["transitions_of_quiet_cycle"] == 4
        assert came["(planted secrets)"] == ("nowhere", "")
        assert "planted secrets: none of 4 found in" in run.output
        assert run.processes > 10
        assert run.left_behind() == []


def test_faults_all_around_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with running("local-run", "SCENARIO=faults", f"ARGS=--report {path}") as run:
        code = run.wait()
        assert code == 0, run.output
        report = report_of(path)
        assert report["succeeded"]
        assert ends(report)["Local Server/Lost Answer"] == ("healed", "1/1")
        assert run.left_behind() == []


def test_an_ending_that_the_scenario_does_not_expect_fails_the_run(tmp_path: Path) -> None:
    plan = tmp_path / "wrong.yaml"
    plan.write_text(
        """
description: expects a restart that nobody approves
limit_seconds: 12
qlik:
  speed: 10
  servers: [{name: S, tasks: [{name: Sick, kind: aborted}, {name: Well}]}]
incidents: [{subject: S/Sick, approver: reject, ends: healed, restarts: 1}]
"""
    )
    path = tmp_path / "report.json"
    with running("local-run", f"SCENARIO={plan}", f"ARGS=--report {path}") as run:
        assert run.wait() != 0
        assert "WRONG  S/Sick: ended" in run.output
        assert not report_of(path)["succeeded"]
        assert run.left_behind() == []


def test_an_unknown_scenario_is_refused_with_the_names_of_those_there_are() -> None:
    with running("local-run", "SCENARIO=nonsense") as run:
        assert run.wait() != 0
        assert (
            "SCENARIO=nonsense: no such file, nor one of: browser, console, demo, faults"
            in run.output
        )


def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    with running("local-run", f"ARGS=--report {tmp_path / 'report.json'}") as run:
        run.wait_for("incident awaiting_approval")
        run.interrupt()
        assert run.wait() != 0
        assert "everything that ran has ended" in run.output
        assert run.left_behind() == []
    assert not (ROOT / "build" / "local-up" / "pid").exists()


def test_ctrl_c_in_the_middle_of_terraform_leaves_no_provider_behind(tmp_path: Path) -> None:
    with running("local-run", f"ARGS=--report {tmp_path / 'report.json'}") as run:
        run.wait_for("Applying Terraform")
        run.wait_for_process("terraform-provider-aws")
        run.interrupt()
        assert run.wait() != 0
        assert "everything that ran has ended" in run.output
        assert run.left_behind() == []
