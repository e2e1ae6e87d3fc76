"""`make approve` and `make reject`, against a table on moto and a workflow that takes decisions."""

from datetime import timedelta
from typing import Any, Never

import pytest
from moto.core.exceptions import InvalidClientTokenIdError

from local.approve.__main__ import main
from local.approve.answering import workflow_of
from local.approve.operator import origin_of
from local.history.source import Source
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import Answer, ApprovalStatus, Way
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import AuditEvent, Origin
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.errors import DecisionNotDelivered
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK, TASK_TOKEN, a_decided, a_proposal, a_target_reload
from tests.integration.approve.conftest import Operator

ADA = ("--by", "ada@example.com")
BOB = ("--by", "bob@example.com")
TYPED = ("--type", str(TASK))
LEAK = "password=Hunter2-Planted \x1b[31m\u202e"


def undecided(operator: Operator) -> None:
    assert operator.approval.status is ApprovalStatus.PENDING
    assert operator.approval.answers == ()
    assert operator.states.taken == []


@pytest.mark.parametrize(
    ("verb", "status"), [("approve", ApprovalStatus.APPROVED), ("reject", ApprovalStatus.REJECTED)]
)
def test_whoever_types_the_task_s_name_decides_and_the_workflow_goes_on(
    operator: Operator, verb: str, status: ApprovalStatus
) -> None:
    operator.ask()
    operator.types("prod/orders\n")
    ran = operator(verb, "prod/orders", *ADA, "--comment", "the disk is larger now")
    assert (ran.code, ran.err) == (0, "")
    assert operator.states.taken == [(TASK_TOKEN, status.value)]
    assert operator.approval.status is status
    [answer] = operator.approval.answers
    assert (answer.by, answer.way, answer.comment) == (
        ADA[1],
        Way.COMMAND,
        "the disk is larger now",
    )
    for words in ("What is wrong", "ORA-03113", "What was proposed", "Who answered", "Open until"):
        assert words in ran.out
    assert f"To {verb}, type prod/orders" in ran.out


def test_the_trail_says_by_whose_credentials_with_what_and_having_seen_what(
    operator: Operator,
) -> None:
    operator.ask()
    assert operator("approve", "prod/orders", *ADA, *TYPED).code == 0
    answered, handed_on = operator.trail
    assert (answered.event, answered.by) == (AuditEvent.APPROVED, ADA[1])
    assert (answered.way, answered.agent) == (Way.COMMAND, "make approve")
    assert answered.address == "arn:aws:sts::123456789012:user/moto"
    assert len(answered.seen) == 64
    assert handed_on.event is AuditEvent.HANDED_ON


@pytest.mark.parametrize("line", ["", "\n", "yes\n", "prod/order\n", "y\n"])
def test_anything_else_that_is_typed_decides_nothing(operator: Operator, line: str) -> None:
    operator.ask()
    operator.types(line)
    ran = operator("approve", "prod/orders", *ADA)
    assert ran.code == 2
    assert "exactly 'prod/orders' is expected; nothing was decided" in ran.err
    undecided(operator)


def test_without_a_terminal_a_script_has_to_pass_the_text(operator: Operator) -> None:
    operator.ask()
    ran = operator("approve", "prod/orders", *ADA)
    assert ran.code == 2
    assert "pass --type 'prod/orders' to approve" in ran.err
    assert operator("approve", "prod/orders", *ADA, "--type", "another").code == 2
    undecided(operator)
    assert operator("approve", "prod/orders", *ADA, *TYPED).code == 0


def test_no_option_says_yes_for_all(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.ask()
    with pytest.raises(SystemExit) as ended:
        main(["approve", "prod/orders", *ADA, "--yes"])
    assert ended.value.code == 2
    assert "unrecognized arguments: --yes" in capsys.readouterr().err
    undecided(operator)


@pytest.mark.parametrize(
    ("by", "said"), [((), "BY is missing"), (("--by", "eve"), "BY is 'eve'")], ids=["none", "eve"]
)
def test_who_was_not_asked_answers_nothing_and_is_told_who_was(
    operator: Operator, by: tuple[str, ...], said: str
) -> None:
    operator.ask()
    ran = operator("approve", "prod/orders", *by, *TYPED)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "expected one of those who were asked: ada@example.com, bob@example.com" in ran.err
    undecided(operator)


@pytest.mark.parametrize(
    ("by", "agent"),
    [((), "make approve"), (("--by", "Ada"), "make approve: Ada")],
    ids=["no name", "a name"],
)
def test_where_nobody_is_named_the_answer_is_anyone_s_and_the_trail_keeps_the_name(
    operator: Operator, by: tuple[str, ...], agent: str
) -> None:
    operator.ask(approvers=(ANYONE,))
    assert operator("approve", "prod/orders", *by, *TYPED).code == 0
    assert operator.approval.agreed == (ANYONE,)
    assert (operator.trail[0].by, operator.trail[0].agent) == (ANYONE, agent)


def test_of_two_that_are_needed_the_first_counts_and_the_second_decides(
    operator: Operator,
) -> None:
    operator.ask(needed=2)
    first = operator("approve", "prod/orders", *ADA, *TYPED)
    assert first.code == 0
    assert "1 of 2 needed have said yes" in first.out
    assert "Asked and not answered: bob@example.com" in first.out
    assert operator.states.taken == []
    again = operator("approve", "prod/orders", *ADA, *TYPED)
    assert (again.code, operator.approval.agreed) == (0, (ADA[1],))
    assert operator("reject", "prod/orders", *ADA, *TYPED).code == 1
    assert operator("approve", "prod/orders", *BOB, *TYPED).code == 0
    assert operator.states.taken == [(TASK_TOKEN, "approved")]


def test_a_decision_stands_the_same_again_is_fine_and_another_does_not_count(
    operator: Operator,
) -> None:
    operator.ask()
    operator("reject", "prod/orders", *ADA, *TYPED, "--comment", "not now")
    same = operator("reject", "prod/orders", *BOB, *TYPED)
    assert (same.code, same.err) == (0, "")
    other = operator("approve", "prod/orders", *BOB, *TYPED)
    assert (other.code, other.out) == (1, "")
    assert "Rejected: ada@example.com said no at" in other.err
    assert "(not now). That stands, and your answer does not count." in other.err
    assert operator.states.taken == [(TASK_TOKEN, "rejected")]


def test_somebody_who_is_quicker_while_one_types_decides(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.ask()
    store = DynamoDbApprovals(operator.stack.table)

    def meanwhile(_prompt: str) -> str:
        no = Answer(by=BOB[1], status=ApprovalStatus.REJECTED, at=utc_now(), way=Way.LINK)
        store.answer("a" * 24, no, Origin(way=Way.LINK))
        return str(TASK)

    operator.types("")
    monkeypatch.setattr("builtins.input", meanwhile)
    ran = operator("approve", "prod/orders", *ADA)
    assert ran.code == 1
    assert "bob@example.com said no" in ran.err
    assert [one.by for one in operator.approval.answers] == [BOB[1]]


def test_a_yes_to_what_has_changed_is_warned_of_and_does_not_count(operator: Operator) -> None:
    incident = operator.ask()
    incidents = DynamoDbIncidents(operator.stack.table)
    proposal = a_proposal(cause="another one")
    incidents.save(incidents.get(incident.id).model_copy(update={"proposal": proposal}))
    ran = operator("approve", "prod/orders", *ADA, *TYPED)
    assert ran.code == 1
    assert "A yes would lead to nothing: the proposal is another one now." in ran.out
    assert "The approval is void: the proposal is another one now" in ran.err
    assert operator.states.taken == [(TASK_TOKEN, "void")]


def test_an_expired_question_takes_no_answer(operator: Operator) -> None:
    now = utc_now()
    operator.ask(requested_at=now - timedelta(hours=2), expires_at=now - timedelta(hours=1))
    ran = operator("approve", "prod/orders", *ADA, *TYPED)
    assert (ran.code, ran.out) == (1, "")
    assert "The question expired at" in ran.err
    undecided(operator)


def test_a_question_that_expires_while_one_types_takes_no_answer(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.ask()
    later = utc_now() + timedelta(hours=2)

    def slowly(_prompt: str) -> str:
        monkeypatch.setattr("local.approve.__main__.utc_now", lambda: later)
        return str(TASK)

    operator.types("")
    monkeypatch.setattr("builtins.input", slowly)
    ran = operator("approve", "prod/orders", *ADA)
    assert ran.code == 1
    assert "expired" in ran.err
    undecided(operator)


def test_a_decision_that_nobody_waits_for_does_not_count(operator: Operator) -> None:
    operator.ask()
    operator.states.failures = ["TaskTimedOut"]
    ran = operator("approve", "prod/orders", *ADA, *TYPED)
    assert ran.code == 1
    assert "Nobody waits for this decision any more" in ran.err


def test_a_decision_that_could_not_be_handed_on_says_why_and_is_handed_on_by_the_next_run(
    operator: Operator,
) -> None:
    operator.ask()
    operator.states.failures = ["AccessDeniedException"]
    ran = operator("approve", "prod/orders", *ADA, *TYPED)
    assert ran.code == 2
    assert "is stored, and could not be handed to the workflow" in ran.err
    assert "AccessDeniedException" in ran.err
    assert operator("approve", "prod/orders", *ADA, *TYPED).code == 0
    assert operator.states.taken == [(TASK_TOKEN, "approved")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--type", "prod/orders"), "--comment is missing"),
        (("--type", "prod/orders", "--comment", "-"), "--comment is missing"),
        (("--type", "PROD/orders", "--comment", "why"), "exactly 'prod/orders' is expected"),
        (("--type", "prod/orders ", "--comment", "why"), "exactly 'prod/orders' is expected"),
    ],
    ids=["no reason", "no words", "another case", "a space"],
)
def test_what_rewrites_data_takes_the_exact_text_and_a_reason(
    operator: Operator, arguments: tuple[str, ...], said: str
) -> None:
    operator.ask(a_target_reload(), consent="strong")
    ran = operator("approve", "prod/orders", *ADA, *arguments)
    assert ran.code == 2
    assert said in ran.err
    undecided(operator)


def test_what_rewrites_data_says_so_before_it_is_approved(operator: Operator) -> None:
    operator.ask(a_target_reload(), consent="strong")
    ran = operator("approve", "prod/orders", *ADA, *TYPED, "--comment", "the position is lost")
    assert ran.code == 0
    told = " ".join(ran.out.split())
    assert "emptied in DWH and loaded anew from ERP" in told
    assert "It cannot be undone" in told


def test_what_rewrites_data_is_rejected_without_a_reason(operator: Operator) -> None:
    operator.ask(a_target_reload(), consent="strong")
    assert operator("reject", "prod/orders", *ADA, *TYPED).code == 0


def test_an_incident_that_nobody_is_asked_about_is_told_so(operator: Operator) -> None:
    DynamoDbIncidents(operator.stack.table).open(a_decided(status=IncidentStatus.ESCALATED))
    ran = operator("approve", "prod/orders", *ADA, *TYPED)
    assert (ran.code, ran.out) == (1, "")
    assert "nobody is asked about prod/orders" in ran.err
    assert "it is escalated" in ran.err


def test_an_incident_that_is_not_there_is_told_with_what_is_allowed(operator: Operator) -> None:
    ran = operator("approve", "prod/none", *ADA, *TYPED)
    assert (ran.code, ran.out) == (2, "")
    assert "INCIDENT takes" in ran.err


def test_a_table_that_is_not_there_is_told_with_what_to_check(operator: Operator) -> None:
    ran = operator("approve", "prod/orders", *ADA, *TYPED, "--table", "another")
    assert ran.code == 2
    assert "no such table in this account" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("",), "INCIDENT has 0 characters, and 1 to 600 are allowed"),
        (("x", "--by", "y" * 101), "BY has 101 characters, and 1 to 100 are allowed"),
        (("x", "--comment", "y" * 501), "--comment has 501 characters, and 0 to 500 are allowed"),
    ],
)
def test_an_argument_out_of_bounds_is_named(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["approve", *arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_neither_a_secret_nor_a_token_nor_what_steers_a_terminal_is_shown(
    operator: Operator,
) -> None:
    operator.ask(a_decided(proposal=a_proposal(cause=LEAK, reasoning=LEAK)))
    ran = operator("reject", "prod/orders", *ADA, *TYPED, "--comment", LEAK)
    again = operator("approve", "prod/orders", *BOB, *TYPED)
    assert (ran.code, again.code) == (0, 1)
    for never in ("Hunter2", TASK_TOKEN, "\x1b", "\u202e", '"level"'):
        assert never not in ran.out + ran.err + again.out + again.err


def test_credentials_that_nobody_knows_answer_nothing(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.ask()
    monkeypatch.setattr("moto.sts.responses.TokenResponse.get_caller_identity", _no_such_token)
    ran = operator("approve", "prod/orders", *ADA, *TYPED)
    assert ran.code == 2
    assert "AWS does not say who you are: InvalidClientTokenId" in ran.err
    undecided(operator)


def _no_such_token(_self: object) -> Never:
    raise InvalidClientTokenIdError


def test_a_long_arn_keeps_its_account_and_its_person(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = "ada.lovelace@a-rather-long-company.example.com"
    arn = (
        f"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Administrators_0123456789/{person}"
    )
    body = (
        "<GetCallerIdentityResponse><GetCallerIdentityResult>"
        f"<Arn>{arn}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    answer: tuple[int, dict[str, Any], str] = (200, {}, body)
    monkeypatch.setattr("moto.sts.responses.TokenResponse.get_caller_identity", lambda _: answer)
    origin = origin_of(Source(stack.table, "here"), "ada", "ada", "")
    assert len(origin.address) == 100
    assert "123456789012" in origin.address
    assert origin.address.endswith(person)


def test_the_workflow_is_looked_for_in_the_place_of_the_table(stack: FakeStack) -> None:
    where = {"region_name": "eu-north-1", "endpoint_url": "http://127.0.0.1:1"}
    source = Source(stack.table, "there", where=where)
    assert source.client("stepfunctions").meta.region_name == "eu-north-1"
    with pytest.raises(DecisionNotDelivered, match="EndpointConnectionError"):
        workflow_of(source).go_on("a-token", "approved")


def test_help_tells_the_exit_codes_and_the_permissions(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for words in ("Exit code 0: the answer counts", "states:SendTaskSuccess", "--type"):
        assert words in said
