from datetime import datetime, timedelta
from typing import Any

import pytest

from qlik_monitor.domain import explanation_words as words
from qlik_monitor.domain.actions import Action, Consent, Effect, Risk
from qlik_monitor.domain.anomaly import AnomalyKind, Evidence
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.breaker import Breaker
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.explanation import (
    Explanation,
    approval_ids,
    explain,
    tasks_acted_on,
)
from qlik_monitor.domain.explanation_parts import MAX_ENTRIES, MAX_TEXT, Account, Section
from qlik_monitor.domain.handbook import MEANING
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.limits import LimitReading, Limits
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.member import Fate, Resumed
from qlik_monitor.domain.proposal import ConfidencePart, Proposer
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.task import Endpoint, FullLoad, TaskId
from tests.fakes.builders import (
    NOON,
    TASK,
    a_decided,
    a_decided_group,
    a_decision,
    a_proposal,
    a_restart,
    an_aborted,
    an_anomaly,
    an_answer,
    an_approval,
    an_incident,
    later,
)

SECRET = "Hunter2-Planted"
LEAK = f"password={SECRET}"


def told(
    incident: Incident,
    *restarts: Restart,
    approvals: tuple[Approval, ...] = (),
    now: datetime = NOON,
    **changes: Any,
) -> Explanation:
    known = {one.id: one for one in approvals}
    usual = {"incident": incident, "restarts": restarts, "approvals": known, "now": now}
    return explain(Account.model_validate(usual | changes))


def text_of(part: Section) -> str:
    rows = [f"{row.label}: {row.value}" for row in part.rows]
    entries = [entry for one in part.lists for entry in (one.title, *one.entries)]
    return "\n".join([part.title, *rows, *entries, part.empty])


def test_the_parts_stand_in_the_order_of_what_happened() -> None:
    assert [one.key for one in told(an_incident()).sections] == [
        "facts",
        "class",
        "proposal",
        "decision",
        "limits",
        "approval",
        "deeds",
        "outcome",
        "past",
        "next",
    ]


@pytest.mark.parametrize("status", IncidentStatus)
def test_every_part_says_something_in_every_status(status: IncidentStatus) -> None:
    for incident in (an_incident(status=status), a_decided(status=status)):
        for part in told(incident).sections:
            assert part.rows or part.lists or part.empty, part.key


def test_facts_show_the_reading_the_endpoints_and_every_finding() -> None:
    snapshot = an_aborted(
        source_endpoint=Endpoint(name="Oracle PROD", type="ORACLE"), details_read=False
    )
    evidence = (Evidence(name="state", value="ERROR"), Evidence(name="memory", value="0 MB"))
    anomalies = tuple(
        an_anomaly(kind, evidence=evidence) for kind in (AnomalyKind.ABORTED, AnomalyKind.FLAPPING)
    )
    facts = text_of(told(an_incident(snapshot=snapshot, anomalies=anomalies)).section("facts"))
    for expected in (
        "State: ERROR",
        "Stop reason: FATAL_ERROR",
        "ORA-03113",
        "Source: Oracle PROD (ORACLE)",
        "Target: unknown",
        "unknown, not well",
        "flapping (critical): summary of flapping",
        "2026-03-02 12:00:00 UTC",
    ):
        assert expected in facts
    assert facts.count("Memory: 0 MB") == 1


@pytest.mark.parametrize("kind", ErrorClass)
def test_every_class_is_told_with_its_meaning_and_what_makes_sense(kind: ErrorClass) -> None:
    part = text_of(told(an_incident(error_class=kind)).section("class"))
    assert f"It means: {MEANING[kind]}: {words.SO_WHAT[kind]}\n" in part
    assert "escalate" in part


def test_a_reload_of_tables_in_error_makes_sense_though_the_class_is_unknown() -> None:
    def makes_sense(**changes: Any) -> bool:
        part = told(an_incident(**changes)).section("class")
        return "reload table, as tables are in error" in text_of(part)

    in_error = an_aborted(full_load=FullLoad(tables_with_error=2))
    assert makes_sense(snapshot=in_error, error_class=ErrorClass.UNKNOWN)
    assert not makes_sense(snapshot=in_error, error_class=ErrorClass.DATA)
    assert not makes_sense(snapshot=an_aborted(), error_class=ErrorClass.UNKNOWN)


def test_what_recognised_the_class_is_told_where_it_is_known() -> None:
    assert "Recognised by" not in text_of(told(an_incident()).section("class"))
    explained = told(an_incident(), recognised_by="oracle-03113: the session ended")
    assert "Recognised by: oracle-03113" in text_of(explained.section("class"))


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (words.SO_WHAT, ErrorClass),
        (words.DECISIONS, DecisionKind),
        (words.CONSENTS, Consent),
        (words.RISKS, Risk),
        (words.EFFECTS, Effect),
        (words.OUTCOMES, RestartOutcome),
        (words.FATES, Fate),
        (words.ENDINGS, Outcome),
        (words.STATUSES, IncidentStatus),
    ],
)
def test_every_name_has_its_words(names: Any, kind: Any) -> None:
    assert set(names) == set(kind)


def test_a_lowered_confidence_is_told_with_the_parts_that_lowered_it() -> None:
    part = ConfidencePart(name="history", value=0.5, because="one of two resumes helped")
    proposal = a_proposal(confidence=0.5, stated_confidence=0.95, parts=(part,))
    explained = told(a_decided(proposal=proposal))
    lowered = "Confidence: 50 %: lowered by code from the stated 95 %"
    assert lowered in text_of(explained.section("proposal"))
    # It is told once: the decision stands right below.
    assert "Confidence" not in text_of(explained.section("decision"))
    assert "history: 50 %, one of two resumes helped" in text_of(explained.section("proposal"))


def test_who_proposed_is_told_and_why_it_was_not_the_model() -> None:
    rules = a_proposal(made_by=Proposer.RULES, model=None, rules_because="no answer within 20 s")
    part = text_of(told(a_decided(proposal=rules)).section("proposal"))
    assert "rules, because no answer of a model was used: no answer within 20 s" in part
    cached = text_of(told(a_decided(proposal=a_proposal(cached=True))).section("proposal"))
    assert "Made by: model (gpt-4o)" in cached
    assert "said so earlier" in cached


def test_the_table_of_a_reload_is_named() -> None:
    reload = a_proposal(Action.RELOAD_TABLE, table="sales.orders")
    part = text_of(told(a_decided(proposal=reload)).section("proposal"))
    assert "reload table of sales.orders" in part
    assert "destructive" in part


@pytest.mark.parametrize(
    ("kind", "action", "expected"),
    [
        (DecisionKind.AUTO, Action.RESUME, "nothing lowered: it may run without a person"),
        (DecisionKind.NEEDS_APPROVAL, Action.RESUME, "lowered: it could run without a person"),
        (DecisionKind.NEEDS_APPROVAL, Action.RELOAD_TABLE, "is never done without a person"),
        (DecisionKind.ESCALATE, Action.RELOAD_TARGET, "refused: reload target"),
        (DecisionKind.OBSERVE, Action.RESUME, "refused for now: resume"),
        (DecisionKind.ESCALATE, Action.ESCALATE, "nothing was to be carried out"),
    ],
)
def test_what_code_took_away_is_told_with_each_reason(
    kind: DecisionKind, action: Action, expected: str
) -> None:
    decision = a_decision(kind, action=action, reasons=("the first", "the second"))
    part = told(a_decided(decision=decision)).section("decision")
    assert expected in text_of(part)
    assert [one.entries for one in part.lists] == [("the first", "the second")]


def consulted(**changes: Any) -> str:
    """The part about limits, of readings as they are consulted."""
    spent = Spent(task=TASK, **changes)
    readings = consult(Action.RESUME, spent, Limits(server_cap=2), None, NOON)
    return text_of(told(a_decided(limits=readings)).section("limits"))


def failed_resumes() -> tuple[Restart, ...]:
    usual = {"requested_at": later(hours=-9), "outcome": RestartOutcome.FAILED}
    return tuple(a_restart(incident_id=f"i-{number}", **usual) for number in range(3))


def test_limits_that_allow_a_restart_say_so() -> None:
    assert consulted(breakers=(Breaker(endpoint="A"), Breaker(endpoint="B"))).splitlines()[
        1:10
    ] == [
        "pause: not paused",
        "attempts: 0 of 3 used; allows one more",
        "ineffective fix of resume: 0 of 3 used; allows one more",
        "illness returns: 0 of 3 used; allows one more",
        "server cap of prod: 0 of 2 used; allows one more",
        "fleet cap: 0 of 50 used; allows one more",
        "breaker of A: 0 of 3 used; allows one more",
        "breaker of B: 0 of 3 used; allows one more",
        "backoff: no pause lasts",
    ]


def test_only_a_pause_of_automation_is_for_a_person_to_end() -> None:
    part = consulted(
        automation=Automation(paused=True, by="Kim", reason="upgrade"), restarts=failed_resumes()
    )
    pause = "pause: REFUSES: automation is paused by Kim: upgrade; `make resume-automation` ends it"
    healthy = "; ends once the task is healthy for RESTART_WINDOW_SECONDS without a break"
    assert pause in part
    assert f"last seen healthy for 24 h{healthy}" in part
    assert f"resume failed 3 times{healthy}" in part
    assert part.count("make resume-automation") == 1


def test_a_limit_that_ends_by_itself_says_when() -> None:
    part = consulted(
        server=(later(minutes=-30), later(minutes=-20)),
        restarts=failed_resumes()[:1],
        pause=timedelta(hours=9, minutes=2),
    )
    ends = "; by itself it allows one again 2026-03-02 12:"
    assert f"on server prod within 1 h{ends}30:00 UTC (in 30 min)" in part
    assert "backoff: REFUSES: the pause after the last restart lasts" in part
    assert f"(RESTART_BACKOFF_SECONDS=60){ends}02:00 UTC (in 2 min)" in part


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        (an_incident(), "nothing is decided"),
        (a_decided(decision=a_decision(DecisionKind.AUTO)), "the switches let this run"),
        (a_decided(decision=a_decision(DecisionKind.ESCALATE)), "nothing was to be carried out"),
        (a_decided(), "the question was not sent"),
    ],
)
def test_why_nobody_was_asked_is_told(incident: Incident, expected: str) -> None:
    part = told(incident).section("approval")
    assert part.is_empty
    assert expected in part.empty


def asked(**changes: Any) -> Approval:
    return an_approval(**changes)


@pytest.mark.parametrize(
    ("approval", "now", "expected"),
    [
        (asked(), NOON, "Answer: none yet"),
        (asked(), later(hours=2), "Answer: none: nobody answered in time"),
        (
            asked(status=ApprovalStatus.APPROVED, decided_at=NOON, comment="go", delivered=True),
            later(minutes=5),
            "Answer: approved",
        ),
    ],
)
def test_an_answer_is_told_and_so_is_its_absence(
    approval: Approval, now: datetime, expected: str
) -> None:
    incident = a_decided(approval_id=approval.id)
    part = text_of(told(incident, approvals=(approval,), now=now).section("approval"))
    assert expected in part
    if approval.decided_at:
        assert "12:00:00 UTC (5 min ago)" in part
        assert "whoever has the link said: yes, by link" in part
        assert "go" in part
        assert "the workflow took the answer" in part


def test_who_said_what_is_told_and_how_many_have_to_agree() -> None:
    approval = asked(approvers=("ana", "ben", "eve"), needed=2)
    some = approval.with_answer(an_answer(by="ana", comment="fine"))
    part = text_of(told(a_decided(approval_id=some.id), approvals=(some,)).section("approval"))
    assert "Answer: 1 of 2 said yes yet" in part
    assert "ana said: yes, by link" in part
    assert "Asked: ana, ben, eve; 2 of 3 have to say yes" in part
    void = approval.with_answer(an_answer(by="ben"), "the task runs again")
    part = text_of(told(a_decided(approval_id=void.id), approvals=(void,)).section("approval"))
    assert "Why it is void: the task runs again" in part
    assert "ben said: yes, too late" in part


def test_an_answer_that_was_not_handed_on_is_told_to_have_done_nothing() -> None:
    approval = asked(status=ApprovalStatus.APPROVED, decided_at=NOON)
    part = told(a_decided(approval_id=approval.id), approvals=(approval,)).section("approval")
    assert "nothing was done by this answer" in text_of(part)


def test_restarts_of_the_incident_are_told_and_those_of_others_are_not() -> None:
    mine = a_restart(outcome=RestartOutcome.RECOVERED, detail="run accepted", finished_at=NOON)
    other = a_restart(incident_id="another", detail="of another incident")
    part = text_of(told(a_decided(), mine, other).section("deeds"))
    assert "it helped" in part
    assert "run accepted" in part
    assert "of another incident" not in part


def test_what_could_not_be_read_is_unknown_and_not_nothing() -> None:
    account = Account(incident=a_decided(approval_id="a"), restarts=None, approvals=None, now=NOON)
    unread = explain(account)
    for key in ("deeds", "approval"):
        assert "could not be read" in text_of(unread.section(key))
    assert "nothing: no action" in text_of(told(a_decided()).section("deeds"))
    assert "not stored any more" in text_of(told(a_decided(approval_id="a")).section("approval"))


def test_of_a_group_each_candidate_and_its_fate_is_told() -> None:
    resumed = (
        Resumed(task=TaskId(server="prod", task="a"), fate=Fate.STARTED, detail="accepted"),
        Resumed(task=TaskId(server="prod", task="b"), fate=Fate.STALE, detail="it runs"),
    )
    explained = told(a_decided_group("a", "b", resumed=resumed))
    assert "One answer for all 2 tasks" in text_of(explained.section("proposal"))
    deeds = text_of(explained.section("deeds"))
    assert "prod/a: started, accepted" in deeds
    assert "prod/b: left alone: it had changed since the question, it runs" in deeds


def test_what_an_explanation_needs_is_named() -> None:
    a, b = (TaskId(server="prod", task=name) for name in "ab")
    assert tasks_acted_on(an_incident()) == (TASK,)
    assert tasks_acted_on(a_decided_group("a", "b")) == ()
    assert tasks_acted_on(a_decided_group("a", "b", status=IncidentStatus.EXECUTING)) == (a, b)
    before = a_decided(approval_id="first").with_past("failed", NOON)
    assert approval_ids(before.model_copy(update={"approval_id": "second"})) == ("first", "second")


def test_earlier_attempts_are_told_with_what_came_of_each() -> None:
    refuses = LimitReading(name="cap", used=1, allowed=1, refuses="it is full")
    approval = asked(status=ApprovalStatus.APPROVED, decided_at=NOON)
    incident = a_decided(approval_id=approval.id, limits=(refuses,)).with_past("it fell", NOON)
    part = text_of(told(incident, approvals=(approval,)).section("past"))
    for expected in (
        "Attempt 1: ended 2026-03-02 12:00:00 UTC",
        "resume proposed by model (gpt-4o)",
        "confidence 95 %",
        "decided needs approval (a reason)",
        "REFUSES: it is full",
        "answer: approved",
        "came of it: it fell",
    ):
        assert expected in part


def test_a_lost_cycle_is_told_and_so_is_what_follows() -> None:
    part = text_of(told(an_incident(), now=later(hours=1)).section("next"))
    assert "the next cycle hands it over to people" in part
    pause = an_incident(status=IncidentStatus.OBSERVED, decide_again_at=later(minutes=20))
    assert "12:20:00 UTC (in 20 min)" in text_of(told(pause).section("next"))


def test_nothing_told_gives_a_secret_away_or_is_longer_than_its_bound() -> None:
    long = f"{LEAK} " + "x" * 5000
    limit = LimitReading(name=LEAK, used=1, allowed=1, refuses=LEAK)
    approval = asked(status=ApprovalStatus.REJECTED, decided_at=NOON, comment=LEAK)
    incident = a_decided(
        anomalies=(an_anomaly(summary=long, evidence=(Evidence(name=LEAK, value=long),)),),
        snapshot=an_aborted(
            message=long, source_endpoint=Endpoint(name=LEAK), tags=(LEAK,), unknown_fields=(LEAK,)
        ),
        proposal=a_proposal(
            cause=LEAK, reasoning=LEAK, evidence=(LEAK,), model=LEAK, rules_because=LEAK, table=LEAK
        ),
        decision=a_decision(reasons=(LEAK,)),
        limits=(limit,),
        approval_id=approval.id,
        reason=LEAK,
    ).with_past(LEAK, NOON)
    restart = a_restart(detail=LEAK, table=LEAK)
    explained = told(incident, restart, approvals=(approval,), recognised_by=LEAK)
    assert SECRET not in explained.model_dump_json()
    for part in explained.sections:
        for row in part.rows:
            assert len(row.value) <= MAX_TEXT


def test_a_part_of_many_entries_says_how_many_more_there_are() -> None:
    names = tuple(f"t{n:03}" for n in range(MAX_ENTRIES + 5))
    explained = told(a_decided_group(*names))
    [first, *_] = explained.section("proposal").lists
    assert len(first.entries) == MAX_ENTRIES + 1
    assert first.entries[-1] == "and 5 more"


def test_a_past_attempt_is_kept_in_short() -> None:
    proposal = a_proposal(reasoning="x" * 4000, evidence=("y" * 1000,) * 20)
    incident = a_decided(proposal=proposal)
    for _ in range(30):
        incident = incident.with_past("z" * 4000, NOON)
    # All attempts together leave room in an item of 400 kB.
    assert len(incident.model_dump_json()) < 100_000


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 d")],
)
def test_a_duration_is_told_in_the_unit_that_fits(seconds: int, expected: str) -> None:
    assert words.duration(seconds) == expected


def test_in_short_it_says_what_is_wrong_and_what_was_proposed_and_why() -> None:
    short = {row.label: row.value for row in told(a_decided()).in_short()}
    assert next(iter(short)) == "Finding"
    assert "summary of aborted" in short["Finding"]
    assert {"Last message", "Action", "Confidence", "Reasoning", "Risk"} <= set(short)
    nothing = told(a_decided(proposal=None, decision=None))
    assert "Action" not in {row.label for row in nothing.in_short()}
