"""`python -m local.approve approve|reject INCIDENT`: answer the question that waits for a person.

INCIDENT is what `make explain` takes. The command shows what is asked and has you type the task's
name; for what rewrites data, exactly what the approval page would ask for, and a --comment. There
is no way around typing: a script has to pass the text as --type. Exit code 0: the answer counts, or
the same one stood already. 1: it does not: void, expired, decided otherwise, or nobody is asked.
2: it could not be given or handed on, or an argument is wrong.
"""

import argparse

from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from local.approve.answering import desk_of, without_a_log, workflow_of
from local.approve.confirm import confirm, demanded
from local.approve.operator import name_of, origin_of
from local.approve.question import Question, read_question
from local.approve.telling import COUNTED, expired, told
from local.explain.as_text import print_explanation
from local.history.command import CANNOT_READ, complain, exit_code_of, leave, table_parser
from local.history.source import find_source
from local.monitor.report import console, waiting
from local.monitor.settings import environment
from local.monitor.text import plain
from qlik_monitor.adapters.approval_desk import Taken
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import MAX_COMMENT, Answer, ApprovalStatus, Way
from qlik_monitor.domain.approvers import MAX_NAME
from qlik_monitor.domain.audit import digest_of
from qlik_monitor.domain.rewriting import Demand

EPILOG = """\
With make: make approve INCIDENT="server/task" BY=ada@example.com REASON="the disk is larger now"
           make reject INCIDENT=20260302T120000-0123456789ab BY=ada@example.com
For a script: make approve INCIDENT=... BY=... ARGS="--type 'server/task'"
AWS credentials are those of the AWS command line. They need dynamodb:GetItem, Query, BatchGetItem,
UpdateItem and PutItem on the table, states:SendTaskSuccess on the state machine, and
sts:GetCallerIdentity, which nobody can lack: the trail keeps who they belong to.
"""
STATUSES = {"approve": ApprovalStatus.APPROVED, "reject": ApprovalStatus.REJECTED}
LONGEST_INCIDENT = 600
LONGEST_TOLD = 3000
WIDTH_OF_A_LOG, WIDEST = 80, 100
OTHER_RELEASE = (
    "an incident or its approval is stored in a form that this release does not know: use the "
    "release that is deployed"
)


def main(arguments: list[str] | None = None) -> int:
    """Answer one question; return the exit code."""
    options = _parser().parse_args(arguments)
    with without_a_log():
        return exit_code_of(lambda: _told(options))


def _parser() -> argparse.ArgumentParser:
    parser = table_parser("local.approve", __doc__, EPILOG)
    parser.add_argument("answer", choices=tuple(STATUSES))
    parser.add_argument("incident", type=_incident, metavar="INCIDENT")
    parser.add_argument("--by", type=_name, metavar="NAME", help="in whose name, of those asked")
    parser.add_argument("--comment", type=_comment, default="", help="why; kept with the answer")
    parser.add_argument("--type", metavar="TEXT", help="what a person would type, for a script")
    return parser


def _incident(text: str) -> str:
    return _bounded(text, "INCIDENT", LONGEST_INCIDENT)


def _name(text: str) -> str:
    return _bounded(text, "BY", MAX_NAME)


def _comment(text: str) -> str:
    return _bounded(text, "--comment", MAX_COMMENT, least=0)


def _bounded(text: str, field: str, most: int, least: int = 1) -> str:
    length = len(text.strip())
    if not least <= length <= most:
        raise argparse.ArgumentTypeError(
            f"{field} has {length} characters, and {least} to {most} are allowed"
        )
    return text.strip()


def _told(options: argparse.Namespace) -> int:
    try:
        code, sentence = _run(options)
    except ValidationError:
        complain(OTHER_RELEASE)
        return CANNOT_READ
    if code == COUNTED:
        print(plain(sentence, LONGEST_TOLD))
    else:
        complain(sentence)
    return code


def _run(options: argparse.Namespace) -> tuple[int, str]:
    source, now = find_source(options.table, environment(options.env_file)), utc_now()
    workflow, wanted = workflow_of(source), STATUSES[options.answer]
    desk = desk_of(source, workflow)
    with waiting(f"Reading {source.found}"):
        question = read_question(source.table, options.incident, now)
        approval = question.approval
        approver = name_of(approval, options.by)
        if approval.is_expired(now):
            return expired(approval, now)
        if approval.status is not ApprovalStatus.PENDING or approval.answer_of(approver):
            # An answer stands; what was not handed on is handed on now, if this one says the same.
            return told(desk.again(approval, wanted), approver, wanted, now, workflow.why)
        void = desk.void_because(question.incident, approval)
        demand = demanded(question, wanted, options.comment)
        origin = origin_of(source, approver, options.by, digest_of(question.shown))
    _show(question, void, demand, source.found)
    confirm(question, demand, options.answer, options.type)
    now = utc_now()
    if approval.is_expired(now):
        return expired(approval, now)
    answer = Answer(by=approver, status=wanted, at=now, way=Way.COMMAND, comment=options.comment)
    taken: Taken = desk.take(approval, answer, origin)
    return told(taken, approver, wanted, now, workflow.why)


def _show(question: Question, void: str | None, demand: Demand | None, found: str) -> None:
    out = _console()
    print_explanation(out, question.shown)
    out.print()
    if demand:
        out.print(Text(plain(demand.rewritten, LONGEST_TOLD), style="bold red"))
    if void:
        warning = f"A yes would lead to nothing: {void}. Nothing would be done to the task."
        out.print(Text(plain(warning, LONGEST_TOLD), style="bold yellow"))
    out.print(Text(f"({found})", style="dim"))


def _console() -> Console:
    out = console()
    out.width = min(out.width, WIDEST) if out.is_terminal else WIDTH_OF_A_LOG
    return out


if __name__ == "__main__":
    leave(main())
