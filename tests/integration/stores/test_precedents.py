import pytest

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import TaskId
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_precedent, later

CONNECTION = ErrorClass.CONNECTION


@pytest.fixture
def precedents(stack: FakeStack) -> DynamoDbPrecedents:
    return DynamoDbPrecedents(table(stack.table_name))


def test_precedents_of_a_class_come_oldest_first(precedents: DynamoDbPrecedents) -> None:
    kept = tuple(a_precedent(at=later(minutes=n)) for n in range(5))
    for one in reversed(kept):
        precedents.add(one)
    precedents.add(a_precedent(error_class=ErrorClass.UNKNOWN))
    assert precedents.of(CONNECTION) == kept
    assert precedents.of(CONNECTION, 2) == kept[-2:]
    assert precedents.of(ErrorClass.LICENSE, 2) == ()


def test_one_that_is_added_again_takes_the_same_place(precedents: DynamoDbPrecedents) -> None:
    precedents.add(a_precedent(detail="first"))
    again = a_precedent(detail="again", outcome=RestartOutcome.FAILED)
    precedents.add(again)
    assert precedents.of(CONNECTION) == (again,)


def test_tasks_that_were_restarted_at_once_are_apart(precedents: DynamoDbPrecedents) -> None:
    for name in ("a", "b" * 255, "a/b"):
        precedents.add(a_precedent(task=TaskId(server="s" * 255, task=name)))
    assert len(precedents.of(CONNECTION)) == 3


def test_all_of_a_class_are_read_however_many_pages_they_fill(
    precedents: DynamoDbPrecedents,
) -> None:
    for number in range(60):
        long_name = TaskId(server="s", task=f"{number}{'x' * 30_000}")
        precedents.add(a_precedent(task=long_name, at=later(minutes=number)))
    assert len(precedents.of(CONNECTION)) == 60


def test_one_of_another_release_is_passed_over(
    precedents: DynamoDbPrecedents, stack: FakeStack
) -> None:
    precedents.add(a_precedent())
    item = {"pk": "PRECEDENT#connection", "sk": "2027", "document": '{"of": "tomorrow"}'}
    stack.table.put_item(Item=item)
    assert precedents.of(CONNECTION, 5) == (a_precedent(),)


def test_it_is_forgotten_after_ninety_days(
    precedents: DynamoDbPrecedents, stack: FakeStack
) -> None:
    precedents.add(a_precedent())
    [item] = stack.table.scan()["Items"]
    assert item["expires_at"] == int(later(hours=-1, days=90).timestamp())
