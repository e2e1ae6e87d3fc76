"""`python -m local.run.up`: keep the whole stack running for a person, until Ctrl-C or `down`.

The schedule runs a cycle a minute; approval links are printed as they come.
"""

import argparse
import getpass
import os
import signal
import sys
import time
from datetime import UTC, datetime

from rich.console import Console

from local.browser.past import MADE_UP, give_a_past_once_read
from local.console_link.minting import mint_link
from local.localstack.running import LocalStackFailed
from local.packages import BuildFailed
from local.run.inbox import Inbox, Message
from local.run.observer import read_records
from local.run.plan import PlanError, load_plan
from local.run.stack import Stack, running
from local.run.timeline import Timeline, run_console
from local.run.whereabouts import PID_FILE, forget, note_stack, running_pid
from local.terraform import TerraformFailed
from qlik_monitor.domain.console_session import Role

DEFAULT_PORT = 4566
LOOK_SECONDS = 1.0
CANNOT_START = 2


def main(arguments: list[str] | None = None) -> int:
    """Run until told to end."""
    parser = argparse.ArgumentParser(prog="python -m local.run.up", description=__doc__)
    parser.add_argument("--scenario", default="demo", help="demo, faults, or a file")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="LocalStack's port")
    parser.add_argument(
        "--approval-timeout", type=int, default=3600, help="seconds that a link stays valid"
    )
    parser.add_argument(
        "--past", action="store_true", help="make up the day before, for charts to show"
    )
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = run_console()
    try:
        plan = load_plan(chosen.scenario)
        patience = {"approval_timeout_seconds": chosen.approval_timeout}
        plan = plan.model_copy(update={"settings": {**plan.settings, **patience}})
        with (
            _pid_file(),
            running(
                plan, lambda text: console.print(text, markup=False), port=chosen.port, name="up"
            ) as stack,
        ):
            note_stack(stack.endpoint, stack.outputs)
            _say_where_all_is(console, stack)
            _watch(console, stack, lacks_past=chosen.past)
    except (PlanError, LocalStackFailed, BuildFailed, TerraformFailed, AlreadyRuns) as error:
        console.print(str(error), style="red", markup=False)
        return CANNOT_START
    except KeyboardInterrupt:
        console.print("Everything that ran has ended.")
    return 0


class AlreadyRuns(Exception):
    """Another `local-up` holds the pid file."""


class _pid_file:
    """Says which process to end, for as long as it runs."""

    def __enter__(self) -> None:
        PID_FILE.parent.mkdir(parents=True, exist_ok=True)
        if (pid := running_pid()) is not None:
            raise AlreadyRuns(f"The local stack runs already (process {pid}): make local-down")
        # A run that was killed left its own behind.
        forget()
        PID_FILE.write_text(str(os.getpid()))

    def __exit__(self, *_: object) -> None:
        forget()


def _say_where_all_is(console: Console, stack: Stack) -> None:
    credentials = stack.qlik.credentials
    lines = {
        "LocalStack": stack.endpoint,
        "Approvals": stack.outputs["approval_base_url"],
        "Console": stack.outputs["console_url"],
        "Sign in": _link(stack),
        "Mock Qlik": f"{stack.qlik.url} (user {credentials.username}, "
        f"password {credentials.password}; control under /_mock/)",
        "Mock OpenAI": stack.openai.url,
        "Table": stack.outputs["table_name"],
        "State machine": stack.outputs["state_machine_arn"],
        "Topic": stack.outputs["topic_arn"],
        "Run a cycle": f"aws --endpoint-url {stack.endpoint} stepfunctions start-execution "
        f"--state-machine-arn {stack.outputs['state_machine_arn']}",
    }
    for name, where in lines.items():
        console.print(f"{name:<14} {where}", markup=False)
    console.print("A cycle runs each minute. Ctrl-C, or `make local-down`, ends everything.")


def _link(stack: Stack) -> str:
    table = stack.resource("dynamodb").Table(stack.outputs["table_name"])
    name = getpass.getuser()
    link = mint_link(table, stack.outputs["console_url"], Role.APPROVER, name, datetime.now(UTC))
    return f"{link} (once, within ten minutes; then: make console-link)"


def _watch(console: Console, stack: Stack, *, lacks_past: bool) -> None:
    timeline = Timeline(console)
    stored = stack.resource("dynamodb").Table(stack.outputs["table_name"])
    dynamodb, table = stack.client("dynamodb"), stack.outputs["table_name"]
    states, arn = stack.client("stepfunctions"), stack.outputs["state_machine_arn"]
    with Inbox(stack.client("sns"), stack.outputs["topic_arn"]) as inbox:
        states.start_execution(stateMachineArn=arn, input="{}")
        while True:
            for message in inbox.new():
                _print(timeline, message)
            timeline.show(read_records(dynamodb, table))
            if lacks_past and give_a_past_once_read(stored, datetime.now(UTC)):
                lacks_past = False
                console.print(MADE_UP, markup=False)
            time.sleep(LOOK_SECONDS)


def _print(timeline: Timeline, message: Message) -> None:
    timeline.say(f"mail: {message.subject}", style="blue")
    if message.link:
        who = f"{message.approver}: " if message.approver else ""
        timeline.say(f"{who}open to approve or reject: {message.link}", style="bold green")


if __name__ == "__main__":
    sys.exit(main())
