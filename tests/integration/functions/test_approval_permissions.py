"""What those who ask and who take answers write, against what Terraform's conditions let them."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest

from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.domain.console_session import Role
from qlik_monitor.errors import NotificationFailed
from tests.contract.terraform import catalogue
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_decided
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, FakeStates, no_mail_to, typed_from
from tests.integration.functions.chatting import Chat
from tests.integration.functions.visiting import signed_in

Writes = list[tuple[str, set[str]]]
"""An action with the keys that it is about; the parts of a transaction alone, and with all keys."""
WRITING = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")


@pytest.fixture
def writes(stack: FakeStack) -> Iterator[Writes]:
    """What is written from now on."""
    made: Writes = []

    def note(model: Any, params: Any, **_: object) -> None:
        if model.name in WRITING:
            made.extend(_parts(model.name, json.loads(params["body"])))

    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-call.dynamodb", note)
    yield made
    session.events.unregister("before-call.dynamodb", note)


def _parts(name: str, body: dict[str, Any]) -> Writes:
    if name != "TransactWriteItems":
        return [(name, {_key(body)})]
    parts = [
        (f"{kind}Item", _key(part)) for one in body["TransactItems"] for kind, part in one.items()
    ]
    together = {key for _, key in parts}
    return [(action, {key}) for action, key in parts] + [(action, together) for action, _ in parts]


def _key(body: dict[str, Any]) -> str:
    return str((body.get("Item") or body["Key"])["pk"]["S"])


def denied(function: str, action: str, keys: set[str]) -> bool:
    """Judge a write as IAM does: by the function's own conditions and the one that all have."""
    for grant in [*catalogue.functions()[function].grants, "append_to_audit"]:
        for statement in catalogue.denials(grant):
            if f"dynamodb:{action}" in statement.actions and all(
                _holds(test, values, keys) for test, values in statement.leading_keys
            ):
                return True
    return False


def _holds(test: str, values: list[str], keys: set[str]) -> bool:
    like = {key: any(fnmatchcase(key, value) for value in values) for key in keys}
    match test:
        case "ForAnyValue:StringNotLike":
            return not all(like.values())
        case "ForAllValues:StringLike":
            return all(like.values())
        case "Null":
            return bool(keys) is (values == ["false"])
    raise AssertionError(f"{test} is not understood here")


def test_every_way_of_answering_writes_what_the_function_may_write(
    stack: FakeStack, states: FakeStates, writes: Writes
) -> None:
    incident = a_decided()
    DynamoDbIncidents(stack.table).open(incident)
    event = {"incident_id": incident.id, "attempt": 1, "task_token": "a-token"}
    run(request_approval, event)
    approval_id = DynamoDbIncidents(stack.table).get(incident.id).approval_id
    by_link, visitor = Browser.of(stack.told[-1].body), signed_in(stack, Role.APPROVER)
    fields = typed_from(visitor.get(f"/console/incidents/{incident.id}").html)
    writes.clear()
    by_session = Browser(f"/approvals/{approval_id}", {}, {"Cookie": visitor.cookie})
    assert by_session.send(**fields, decision="approve").status == 200
    for browser in (by_session, by_link):
        assert browser.get().status == 200
    assert by_link.post(decision="reject").status == 200
    assert {action for action, _ in writes} == {"UpdateItem", "PutItem"}
    assert not [one for one in writes if denied("approval_api", *one)]


def test_an_answer_from_chat_writes_what_the_function_may_write(chat: Chat, writes: Writes) -> None:
    assert chat.say("approve").status == 200
    assert {action for action, _ in writes} == {"UpdateItem", "PutItem"}
    assert not [one for one in writes if denied("approval_api", *one)]


def test_asking_again_after_an_answer_writes_what_the_function_may_write(
    stack: FakeStack, states: FakeStates, writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVERS", "ana,ben")
    DynamoDbIncidents(stack.table).open(a_decided())
    event = {"incident_id": a_decided().id, "attempt": 1, "task_token": "first"}
    with no_mail_to("ben"), pytest.raises(NotificationFailed):
        run(request_approval, event)
    states.dead = {"first"}
    Browser.of(stack.told[-1].body).post(decision="approve")
    writes.clear()
    run(request_approval, event | {"task_token": "second"})
    assert states.taken == [("second", "approved")]
    assert "UpdateItem" in {action for action, _ in writes}
    assert not [one for one in writes if denied("request_approval", *one)]


@pytest.mark.parametrize(
    ("action", "keys"),
    [
        ("PutItem", {"APPROVAL#forged"}),
        ("PutItem", {"INCIDENT#forged"}),
        ("PutItem", {"INCIDENT#forged", "AUDIT#i"}),
        ("UpdateItem", {"SIGNIN#forged"}),
        ("UpdateItem", {"CONTROL"}),
        ("UpdateItem", {"CONTROL", "APPROVAL#a", "AUDIT#i"}),
        ("UpdateItem", {"AUDIT#i"}),
        ("UpdateItem", {"LIMIT"}),
        ("PutItem", {"TASK#prod/orders"}),
    ],
)
def test_who_takes_answers_may_write_nothing_else(action: str, keys: set[str]) -> None:
    assert denied("approval_api", action, keys)
