from datetime import timedelta

import pytest

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_answers import DynamoDbAnswers
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, a_proposal, later

ILLNESS, KEPT = "a" * 64, timedelta(hours=6)
ANSWER = a_proposal(prompt_tokens=900, completion_tokens=120)


@pytest.fixture
def answers(stack: FakeStack) -> DynamoDbAnswers:
    return DynamoDbAnswers(table(stack.table_name))


def test_an_answer_is_given_again_and_costs_nothing(answers: DynamoDbAnswers) -> None:
    answers.keep(ILLNESS, ANSWER, NOON, KEPT)
    again = answers.get(ILLNESS, later(hours=-1))
    assert again == ANSWER.model_copy(
        update={"cached": True, "prompt_tokens": 0, "completion_tokens": 0}
    )


def test_another_illness_has_no_answer(answers: DynamoDbAnswers) -> None:
    answers.keep(ILLNESS, ANSWER, NOON, KEPT)
    assert answers.get("b" * 64, later(hours=-1)) is None


def test_an_answer_that_is_too_old_is_none_although_its_item_is_still_there(
    answers: DynamoDbAnswers, stack: FakeStack
) -> None:
    answers.keep(ILLNESS, ANSWER, NOON, KEPT)
    assert answers.get(ILLNESS, later(seconds=-1)) is not None
    assert answers.get(ILLNESS, NOON) is None
    assert len(stack.dump()) == 1


def test_an_answer_expires_by_itself(answers: DynamoDbAnswers, stack: FakeStack) -> None:
    answers.keep(ILLNESS, ANSWER, NOON, KEPT)
    [item] = stack.dump()
    assert (item["pk"], item["sk"]) == (f"ANSWER#{ILLNESS}", "ANSWER")
    assert item["expires_at"] == int(later(hours=6).timestamp())


def test_a_newer_answer_takes_the_place_of_an_older_one(answers: DynamoDbAnswers) -> None:
    answers.keep(ILLNESS, ANSWER, NOON, KEPT)
    answers.keep(ILLNESS, a_proposal(cause="another"), later(hours=7), KEPT)
    newest = answers.get(ILLNESS, later(hours=6))
    assert newest is not None
    assert newest.cause == "another"


def test_an_answer_in_a_form_of_another_release_is_none(
    answers: DynamoDbAnswers, stack: FakeStack
) -> None:
    answers.keep(ILLNESS, ANSWER, NOON, KEPT)
    item = stack.dump()[0] | {"document": '{"action": "resume", "mood": "good"}'}
    stack.table.put_item(Item=item)
    assert answers.get(ILLNESS, later(hours=-1)) is None
