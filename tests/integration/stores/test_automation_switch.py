"""The switch is thrown in the very storm of reservations that it is meant to end."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.errors import StoreUnavailable
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON

Slept = list[float]


def switch_in_a_storm(stack: FakeStack, conflicts: int) -> tuple[DynamoDbAutomation, Slept]:
    """A switch whose first so many writes meet a reservation that checks the same item."""
    made, slept, left = table(stack.table_name), Slept(), [conflicts]

    def collide(**_: object) -> None:
        if left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": "TransactionConflictException"}}, "PutItem")

    for operation in ("PutItem", "UpdateItem"):
        made.meta.client.meta.events.register(f"before-call.dynamodb.{operation}", collide)
    return DynamoDbAutomation(made, slept.append), slept


def test_a_pause_gets_through_a_storm_of_reservations(stack: FakeStack) -> None:
    switch, slept = switch_in_a_storm(stack, conflicts=12)
    assert switch.pause("ada", "too much at once", NOON).by == "ada"
    assert switch.state().paused
    assert len(slept) == 12
    assert max(slept) <= 0.25


def test_so_do_its_end_and_the_note_that_people_were_told(stack: FakeStack) -> None:
    calm = DynamoDbAutomation(stack.table)
    told = calm.pause("ada", "", NOON)
    switch_in_a_storm(stack, conflicts=3)[0].told(told)
    assert calm.untold() is None
    switch_in_a_storm(stack, conflicts=3)[0].resume("bob", NOON)
    assert not calm.state().paused


@pytest.mark.parametrize(
    "write",
    [lambda s: s.pause("ada", "", NOON), lambda s: s.told(s.state())],
    ids=["pause", "told"],
)
def test_a_storm_without_end_is_said_and_never_taken_for_done(
    write: Callable[[DynamoDbAutomation], object], stack: FakeStack
) -> None:
    switch, slept = switch_in_a_storm(stack, conflicts=10_000)
    with pytest.raises(StoreUnavailable, match="try again"):
        write(switch)
    assert sum(slept) < 15
    assert not switch.state().paused


def test_one_that_is_paused_already_keeps_who_did_it_in_a_storm_too(stack: FakeStack) -> None:
    DynamoDbAutomation(stack.table).pause("ada", "", NOON)
    assert switch_in_a_storm(stack, conflicts=2)[0].pause("bob", "", NOON).by == "ada"
