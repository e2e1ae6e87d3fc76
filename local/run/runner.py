"""Plays a plan out: cycles, approvals and disturbances, until every incident has ended."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from local.run.approver import answer
from local.run.inbox import Inbox, Message
from local.run.observer import Records, read_records
from local.run.plan import Answer, Disturbance, Plan
from local.run.stack import Stack
from local.run.timeline import Timeline
from local.run.verdict import is_played_out

LOOK_SECONDS = 0.5
THINK_SECONDS = 2.0
"""How long the approver of a run reads before answering."""
DRAIN_SECONDS = 60.0
"""How long executions may take to end once every incident has."""


@dataclass(frozen=True)
class Step:
    """What the reader of one mail does with its link."""

    what: Answer
    place: int = 0
    """How many others answer before."""
    decides: bool = True
    """Whether this answer is the last that is needed."""


@dataclass
class Run:
    """What is known of a run while it goes on, and at its end."""

    plan: Plan
    stack: Stack
    timeline: Timeline
    records: Records = field(default_factory=lambda: Records((), ()))
    messages: list[Message] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    """Approval pages as the approver saw them."""
    executions: list[str] = field(default_factory=list)
    due: list[tuple[float, Message, Step]] = field(default_factory=list)
    done: int = 0
    """How many of the plan's disturbances have befallen."""


def play(plan: Plan, stack: Stack, timeline: Timeline) -> Run:
    """Run cycles until the plan is played out or its time is over, then let executions end."""
    run = Run(plan, stack, timeline)
    states, table = stack.client("stepfunctions"), stack.outputs["table_name"]
    dynamodb = stack.client("dynamodb")
    with Inbox(stack.client("sns"), stack.outputs["topic_arn"]) as inbox:
        next_cycle, ends = 0.0, timeline.seconds + plan.limit_seconds
        while not is_played_out(plan, run.records) and timeline.seconds < ends:
            if timeline.seconds >= next_cycle:
                _start_cycle(run, states)
                next_cycle = timeline.seconds + plan.cycle_seconds
            _look(run, inbox, dynamodb, table)
        _drain(run, states, inbox, dynamodb, table)
    return run


def _start_cycle(run: Run, states: Any) -> None:
    arn = run.stack.outputs["state_machine_arn"]
    states.start_execution(stateMachineArn=arn, input="{}")


def _look(run: Run, inbox: Inbox, dynamodb: Any, table: str) -> None:
    _disturb(run)
    for message in inbox.new():
        _read(run, message)
    _answer_due(run)
    run.records = read_records(dynamodb, table)
    run.timeline.show(run.records)
    time.sleep(LOOK_SECONDS)


def _drain(run: Run, states: Any, inbox: Inbox, dynamodb: Any, table: str) -> None:
    """Let every execution end, so that nothing is still acting when the verdict is given."""
    ends = run.timeline.seconds + DRAIN_SECONDS
    while _running(run, states) and run.timeline.seconds < ends:
        _look(run, inbox, dynamodb, table)
    _look(run, inbox, dynamodb, table)


def _running(run: Run, states: Any) -> bool:
    arn = run.stack.outputs["state_machine_arn"]
    answer = states.list_executions(stateMachineArn=arn, statusFilter="RUNNING")
    return bool(answer["executions"])


def _read(run: Run, message: Message) -> None:
    run.messages.append(message)
    run.timeline.say(f"mail: {message.subject}", style="blue")
    if not message.link:
        return
    step = _step(run.plan, message)
    if step is None:
        return
    if step.what is Answer.IGNORE:
        run.timeline.say("the approver lets the link expire", message.about, "blue")
        return
    thinks = THINK_SECONDS * (1 + step.place)
    run.due.append((run.timeline.seconds + thinks, message, step))


def _step(plan: Plan, message: Message) -> Step | None:
    """Say what the reader of a mail does; None where others are to answer."""
    expected = next((one for one in plan.incidents if one.subject == message.about), None)
    if expected is None or expected.approver is None:
        return Step(Answer.IGNORE)
    who = expected.answered_by
    if not who:
        return Step(expected.approver)
    if message.approver not in who:
        return None
    place = who.index(message.approver)
    return Step(expected.approver, place, decides=place + 1 == len(who))


def _answer_due(run: Run) -> None:
    due = [entry for entry in run.due if entry[0] <= run.timeline.seconds]
    run.due = [entry for entry in run.due if entry not in due]
    for _, message, step in due:
        comment = f"{step.what.value}d in the local run"
        run.pages += answer(message.link, step.what, comment, decides=step.decides)
        who = message.approver or "the approver"
        run.timeline.say(f"{who} answers: {step.what.value}", message.about, "blue")


def _disturb(run: Run) -> None:
    for disturbance in _due_disturbances(run):
        run.timeline.say(f"the outside world: {disturbance.do.replace('_', ' ')}", style="red")
        _befall(run.stack, disturbance)


def _due_disturbances(run: Run) -> Iterable[Disturbance]:
    ordered = sorted(run.plan.disturbances, key=lambda one: one.at_seconds)
    due = [one for one in ordered if one.at_seconds <= run.timeline.seconds]
    new, run.done = due[run.done :], len(due)
    return new


def _befall(stack: Stack, disturbance: Disturbance) -> None:
    match disturbance.do:
        case "openai_down":
            stack.openai.down()
        case "openai_up":
            stack.openai.up()
        case "expire_sessions":
            stack.qlik.control.expire_sessions()
        case "qlik_fault":
            stack.qlik.control.add_fault(**disturbance.fault)
