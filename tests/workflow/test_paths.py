"""Every path of the committed state machine, with scripted functions."""

from typing import Any, Never

import pytest

from qlik_monitor.errors import QlikAccessDenied, QlikUnavailable
from tests.workflow.machine import Function, machine

COUNTS = {"servers": 1, "tasks": 3, "unread": 0, "ill": 1, "opened": 1, "closed": 0, "deferred": 0}


def monitored(*incident_ids: str) -> Function:
    return lambda _event: {"cycle": COUNTS, "incident_ids": list(incident_ids)}


def decided(decision: str, **changes: Any) -> Function:
    answer = {
        "decision": decision,
        "action": "resume",
        "attempt": 1,
        "approval_timeout_seconds": 30,
        "verify_interval_seconds": 1,
    }
    return lambda _event: answer | changes


def started(_event: dict[str, Any]) -> dict[str, Any]:
    return {"status": "started", "detail": "", "verification": {"checks": 0}}


def verified(*verdicts: str) -> Function:
    remaining = list(verdicts)

    def verify(event: dict[str, Any]) -> dict[str, Any]:
        return {
            "verdict": remaining.pop(0),
            "verification": {"checks": event["verification"]["checks"] + 1},
            "retry_after_seconds": 0,
        }

    return verify


def concluded(event: dict[str, Any]) -> dict[str, Any]:
    return {"status": event["conclusion"]}


def reported(event: dict[str, Any]) -> dict[str, Any]:
    return {"succeeded": "error" not in event}


def never(_event: dict[str, Any]) -> Never:
    raise AssertionError("this function must not be called here")


def functions(**changes: Function) -> dict[str, Function]:
    usual: dict[str, Function] = {
        "monitor_tasks": monitored("i-1"),
        "evaluate_proposal": decided("auto"),
        "request_approval": never,
        "execute_restart": started,
        "verify_recovery": verified("recovered"),
        "conclude_incident": concluded,
        "report_cycle": reported,
    }
    return usual | changes


def test_a_healthy_cycle_takes_two_functions() -> None:
    with machine(**functions(monitor_tasks=monitored())) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.names == ["monitor_tasks", "report_cycle"]


def test_an_automatic_restart_is_executed_and_verified() -> None:
    with machine(**functions(verify_recovery=verified("not_yet", "recovered"))) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.names == [
            "monitor_tasks",
            "evaluate_proposal",
            "execute_restart",
            "verify_recovery",
            "verify_recovery",
            "report_cycle",
        ]
        assert [e["verification"]["checks"] for n, e in cycle.calls if n == "verify_recovery"] == [
            0,
            1,
        ]


@pytest.mark.parametrize(
    ("status", "then"),
    [("approved", "execute_restart"), ("rejected", "conclude_incident")],
)
def test_an_approver_decides_what_happens_next(status: str, then: str) -> None:
    with machine(**functions(evaluate_proposal=decided("needs_approval"))) as cycle:

        def request(event: dict[str, Any]) -> dict[str, Any]:
            cycle.approve(event["task_token"], status)
            return {"approval_id": "a-1"}

        cycle.functions["request_approval"] = request
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.names[3] == then


def test_an_approval_that_nobody_gives_escalates_and_never_acts() -> None:
    changed = functions(
        evaluate_proposal=decided("needs_approval", approval_timeout_seconds=1),
        request_approval=lambda _event: {"approval_id": "a-1"},
        execute_restart=never,
    )
    with machine(**changed) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.calls[-2] == (
            "conclude_incident",
            {"incident_id": "i-1", "cycle": "cycle-1", "conclusion": "expired"},
        )


def test_an_answer_that_is_neither_yes_nor_no_never_acts() -> None:
    changed = functions(evaluate_proposal=decided("needs_approval"), execute_restart=never)
    with machine(**changed) as cycle:

        def request(event: dict[str, Any]) -> dict[str, Any]:
            cycle.approve(event["task_token"], "perhaps")
            return {}

        cycle.functions["request_approval"] = request
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.calls[-2][1]["conclusion"] == "escalate"


@pytest.mark.parametrize("decision", ["observe", "escalate", "something new"])
def test_what_is_not_to_be_restarted_is_only_told(decision: str) -> None:
    changed = functions(evaluate_proposal=decided(decision), execute_restart=never)
    with machine(**changed) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        expected = "observe" if decision == "observe" else "escalate"
        assert cycle.calls[2][1]["conclusion"] == expected


def test_a_failed_restart_is_decided_anew() -> None:
    decisions = iter([decided("auto"), decided("auto", attempt=2), decided("escalate", attempt=3)])

    def evaluate(event: dict[str, Any]) -> Any:
        decide = next(decisions)
        return decide(event)

    changed = functions(
        evaluate_proposal=evaluate,
        verify_recovery=verified("failed", "failed"),
    )
    with machine(**changed) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.names.count("execute_restart") == 2
        assert cycle.calls[-2][1]["conclusion"] == "escalate"


def test_a_restart_that_was_not_executed_is_escalated_with_its_reason() -> None:
    def refuse(_event: dict[str, Any]) -> dict[str, Any]:
        return {"status": "not_executed", "detail": "it runs again", "verification": None}

    with machine(**functions(execute_restart=refuse, verify_recovery=never)) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.calls[-2][1] == {
            "incident_id": "i-1",
            "cycle": "cycle-1",
            "conclusion": "not_executed",
            "detail": "it runs again",
        }


def test_a_sick_item_does_not_fail_the_others() -> None:
    def evaluate(event: dict[str, Any]) -> Any:
        if event["incident_id"] == "i-1":
            raise QlikAccessDenied("403")
        return decided("auto")(event)

    changed = functions(monitor_tasks=monitored("i-1", "i-2"), evaluate_proposal=evaluate)
    with machine(**changed) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        failed = [event for name, event in cycle.calls if name == "conclude_incident"]
        assert [(e["incident_id"], e["conclusion"]) for e in failed] == [("i-1", "failed")]
        assert failed[0]["detail"]["Error"] == "QlikAccessDenied"
        healed = [event for name, event in cycle.calls if name == "verify_recovery"]
        assert [event["incident_id"] for event in healed] == ["i-2"]


@pytest.mark.parametrize(
    "step", ["evaluate_proposal", "request_approval", "execute_restart", "verify_recovery"]
)
def test_whatever_breaks_in_a_step_ends_in_a_conclusion(step: str) -> None:
    def broken(_event: dict[str, Any]) -> Never:
        raise ZeroDivisionError("a bug")

    decision = "needs_approval" if step == "request_approval" else "auto"
    changed = functions(evaluate_proposal=decided(decision)) | {step: broken}
    with machine(**changed) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.calls[-2][1]["conclusion"] == "failed"


def test_an_item_whose_conclusion_cannot_be_written_does_not_fail_the_cycle() -> None:
    def broken(_event: dict[str, Any]) -> Never:
        raise ZeroDivisionError("a bug")

    changed = functions(evaluate_proposal=broken, conclude_incident=broken)
    with machine(**changed) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.names[-1] == "report_cycle"


def test_a_step_that_can_be_tried_again_is() -> None:
    failures = iter([QlikUnavailable("500"), QlikUnavailable("500")])

    def evaluate(event: dict[str, Any]) -> Any:
        error = next(failures, None)
        if error is not None:
            raise error
        return decided("auto")(event)

    with machine(**functions(evaluate_proposal=evaluate)) as cycle:
        assert cycle.run()["status"] == "SUCCEEDED"
        assert cycle.names.count("evaluate_proposal") == 3
        assert "conclude_incident" not in cycle.names


def test_refused_credentials_fail_the_cycle_at_once_and_are_reported() -> None:
    def refused(_event: dict[str, Any]) -> Never:
        raise QlikAccessDenied("Qlik refuses the login")

    with machine(**functions(monitor_tasks=refused)) as cycle:
        ended = cycle.run()
        assert (ended["status"], ended["error"]) == ("FAILED", "QlikAccessDenied")
        assert cycle.names == ["monitor_tasks", "report_cycle"]
        assert cycle.calls[1][1]["error"]["Error"] == "QlikAccessDenied"
