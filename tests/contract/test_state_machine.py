import pytest

from qlik_monitor import errors
from tests.contract.workflow import (
    ENDS,
    ROOT,
    State,
    machines,
    placeholders,
    retried,
    states,
    successors,
    tasks,
)

LAMBDA_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
}
HUNG = {"Sandbox.Timedout", "Lambda.Unknown"}
"""How Step Functions names a function that ran out of time or crashed: each step may run twice."""
CALLED_BY_PEOPLE = {"approval_api", "console"}
FIELD_ORDER = [
    "Comment",
    "Type",
    "Resource",
    "Parameters",
    "ResultSelector",
    "ResultPath",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "Retry",
    "Catch",
    "Next",
]

every_task = pytest.mark.parametrize("task", tasks().values(), ids=list(tasks()))


def test_each_place_is_a_folder_and_each_folder_but_the_page_has_a_place() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert placeholders() == folders - CALLED_BY_PEOPLE


@every_task
def test_a_task_ends_in_time(task: State) -> None:
    assert ("TimeoutSeconds" in task) != ("TimeoutSecondsPath" in task)


@every_task
def test_a_task_is_tried_again_after_every_retryable_error(task: State) -> None:
    retryable = {error.__name__ for error in errors.Retryable.__subclasses__()}
    assert retryable | LAMBDA_ERRORS | HUNG == retried(task)


@every_task
def test_tries_are_bounded_spread_and_slow_down(task: State) -> None:
    for retry in task["Retry"]:
        assert retry["JitterStrategy"] == "FULL"
        assert retry["BackoffRate"] > 1
        assert 1 <= retry["MaxAttempts"] <= 10
        assert retry["IntervalSeconds"] < retry["MaxDelaySeconds"]


@every_task
def test_whatever_a_task_raises_is_caught_and_its_input_kept(task: State) -> None:
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert all(catch["ResultPath"].startswith("$.") for catch in task["Catch"])


@every_task
def test_the_fields_of_a_task_stand_in_their_order(task: State) -> None:
    assert list(task) == [name for name in FIELD_ORDER if name in task]


def test_names_of_errors_are_names_of_errors() -> None:
    known = {name for name in vars(errors) if isinstance(getattr(errors, name), type)}
    for task in tasks().values():
        for name in retried(task):
            assert name in known or name.startswith(("Lambda.", "Sandbox."))


def test_every_state_can_be_reached_and_leads_somewhere() -> None:
    for machine in machines():
        inside = machine["States"]
        reached, open_ = {machine["StartAt"]}, [machine["StartAt"]]
        while open_:
            following = successors(inside[open_.pop()])
            assert following <= set(inside)
            open_ += following - reached
            reached |= following
        assert reached == set(inside)


@pytest.mark.parametrize(("name", "state"), states().items(), ids=list(states()))
def test_a_state_goes_on_or_ends(name: str, state: State) -> None:
    ends = state["Type"] in ENDS or state.get("End", False)
    assert bool(successors(state)) != ends


def test_a_choice_asks_and_has_an_answer_for_everything() -> None:
    for name, state in states().items():
        assert name.endswith("?") == (state["Type"] == "Choice")
        if state["Type"] == "Choice":
            assert "Default" in state


def test_only_a_yes_leads_to_a_restart() -> None:
    to_restart = {
        name for name, state in states().items() if "Execute Restart" in successors(state)
    }
    assert to_restart == {"What Is Decided?", "Approved?"}
    for name in to_restart:
        choices = states()[name]["Choices"]
        said = [c["StringEquals"] for c in choices if c["Next"] == "Execute Restart"]
        assert said == (["auto"] if name == "What Is Decided?" else ["approved"])


def test_nobody_answering_never_leads_to_a_restart() -> None:
    catches = states()["Request Approval"]["Catch"]
    assert [catch["Next"] for catch in catches] == ["Conclude As Expired", "Conclude As Failed"]


def test_a_sick_item_never_fails_the_map() -> None:
    [item] = [machine for machine in machines() if "ProcessorConfig" in machine]
    assert all(state["Type"] != "Fail" for state in item["States"].values())


def test_the_definition_fits_into_its_limits() -> None:
    text = (ROOT / "state_machine.asl.json").read_text()
    assert len(text) < 1_048_576
    assert '"QueryLanguage"' not in text
    assert '"Assign"' not in text
