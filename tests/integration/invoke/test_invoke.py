import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.invoke.__main__ import catalogue
from tests.integration.invoke.conftest import Invoke

ROOT = Path(__file__).parents[3]
EVENTS = [(name, event) for name, events in catalogue().items() for event in events if event]
FUNCTIONS = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}


@pytest.mark.parametrize(("function", "event"), EVENTS)
def test_every_sample_event_is_answered(function: str, event: str, invoke: Invoke) -> None:
    ran = invoke(function, event)
    assert ran.code == 0, ran.err
    assert ran.answer


def test_every_function_has_a_sample_event() -> None:
    assert {function for function, _ in EVENTS} == FUNCTIONS


def test_what_a_handler_prepared_stored_and_sent_is_told_beside_the_answer(
    invoke: Invoke,
) -> None:
    monitored = invoke("monitor_tasks")
    assert monitored.answer["cycle"]["ill"] == 2
    assert "prepared" not in monitored.err
    assert "stored: OPEN prod/orders" in monitored.err
    assert "asked Qlik: login x1, servers x1" in monitored.err

    evaluated = invoke("evaluate_proposal", "new_incident")
    assert evaluated.answer["decision"] == "needs_approval"
    assert "prepared: an incident 2" in evaluated.err
    assert "asked the model: x1" in evaluated.err


def test_a_restart_is_carried_out_once_on_the_mock(invoke: Invoke) -> None:
    ran = invoke("execute_restart", "first_attempt")
    assert ran.answer["status"] == "started"
    assert "run x1" in ran.err
    assert "INCIDENT (verifying)" in ran.err


def test_an_endpoint_s_incident_is_one_proposal_and_one_run_of_each_task(invoke: Invoke) -> None:
    evaluated = invoke("evaluate_proposal", "endpoint_incident")
    assert evaluated.answer["decision"] == "needs_approval"
    assert "asked the model" not in evaluated.err
    ran = invoke("execute_restart", "endpoint_incident")
    assert ran.answer["detail"].startswith("3 of 3 tasks resumed")
    assert "run x3" in ran.err
    looked = invoke("verify_recovery", "endpoint_incident")
    assert looked.answer["verdict"] == "not_yet"
    assert "INCIDENT (verifying)" in looked.err


def test_an_approver_s_answer_is_handed_to_the_workflow(invoke: Invoke) -> None:
    ran = invoke("approval_api", "post_approve")
    assert ran.answer["statusCode"] == 200
    assert "APPROVAL (approved)" in ran.err
    assert 'told the workflow: {"status": "approved", "detail": ""}' in ran.err


def test_an_answer_from_chat_is_signed_and_handed_to_the_workflow(invoke: Invoke) -> None:
    ran = invoke("approval_api", "webhook")
    assert ran.answer["statusCode"] == 200
    assert "APPROVAL (approved)" in ran.err
    assert "the approver you, who is U012AB3CD in chat" in ran.err
    assert 'told the workflow: {"status": "approved"' in ran.err


def test_people_are_told_in_a_line(invoke: Invoke) -> None:
    assert "told people: [Qlik] Approve resume?" in invoke("request_approval").err


def test_without_a_function_all_functions_and_events_are_listed(invoke: Invoke) -> None:
    ran = invoke()
    assert ran.code == 0
    for function, event in EVENTS:
        assert function in ran.out
        assert event in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "FUNCTION='nonsense': there is no such function; there are approval_api,"),
        (("report_cycle", "nonsense"), "there is no such event of report_cycle; there are failed,"),
        (("report_cycle",), "EVENT is not set; there are failed,"),
        (("../local",), "there is no such function"),
    ],
    ids=str,
)
def test_a_wrong_name_is_answered_with_what_there_is(
    arguments: tuple[str, ...], said: str, invoke: Invoke
) -> None:
    ran = invoke(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_as_a_command_it_prints_the_answer_alone_and_ignores_the_caller_s_aws() -> None:
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'qlik_monitor' / 'python'}"}
    elsewhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_PROFILE": "nobody"}
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "local.invoke", "monitor_tasks"],
        cwd=ROOT,
        env={**os.environ, **paths, **elsewhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["cycle"]["tasks"] == 3
    assert '"message":"fleet read"' in ran.stderr
