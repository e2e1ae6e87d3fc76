"""An unchanged illness is asked about once; whatever could change the answer is asked anew."""

from datetime import timedelta
from typing import Any

import pytest

from functions.evaluate_proposal import ask
from local.mock_openai import MockOpenAI
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.proposal import Proposer
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import StopReason, TaskId
from tests.fakes.aws import FakeStack, refused
from tests.fakes.builders import a_restart, an_aborted, an_anomaly, an_incident
from tests.fakes.platform import FakePlatform
from tests.integration.functions.asking import ANSWER, counted, evaluated, proposed, used
from tests.integration.functions.conftest import Log, clear_caches

LOST = "ORA-03113: connection lost at 2026-03-02T12:00:00Z, SCN 4711"
LOST_AGAIN = "ORA-03113: connection lost at 2026-03-02T17:45:12Z, SCN 9120"


def test_an_unchanged_illness_is_asked_about_once(
    openai: MockOpenAI, qlik: FakePlatform, incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    openai.script({"answer": ANSWER})
    qlik.put(an_aborted(message=LOST))
    incidents.open(an_incident())
    first = evaluated()
    qlik.put(an_aborted(message=LOST_AGAIN, total_latency_seconds=99))
    spent = used(stack)
    assert evaluated() == first
    assert len(openai.requests) == 1
    assert used(stack) == spent
    proposal = incidents.get(an_incident().id).proposal
    assert proposal is not None
    assert (proposal.made_by, proposal.cached) == (Proposer.MODEL, True)
    assert (proposal.prompt_tokens, proposal.completion_tokens) == (0, 0)
    assert proposal.cause == ANSWER["cause"]


def test_the_same_illness_in_a_later_incident_is_not_asked_about_again(
    openai: MockOpenAI,
) -> None:
    openai.script({"answer": ANSWER})
    first = proposed(an_incident())
    later = proposed(an_incident(id="later", cycle="cycle-9"))
    assert (first.cached, later.cached) == (False, True)
    assert later.model_copy(update={"cached": False}) == first.model_copy(
        update={"prompt_tokens": 0, "completion_tokens": 0}
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"snapshot": an_aborted(message="ORA-12541: no listener")},
        {"snapshot": an_aborted(stop_reason=StopReason.RECOVERABLE_ERROR)},
        {"anomalies": (an_anomaly(), an_anomaly(AnomalyKind.FLAPPING))},
        {"attempt": 2},
        {"subject": Subject(server="prod", task="orders2")},
    ],
    ids=["message", "stop reason", "kinds", "attempt", "another task"],
)
def test_a_changed_illness_is_asked_about_anew(changes: dict[str, Any], openai: MockOpenAI) -> None:
    proposed()
    assert not proposed(an_incident(**changes)).cached
    assert len(openai.requests) == 2


def test_an_answer_that_rewrites_data_is_never_used_again(openai: MockOpenAI) -> None:
    openai.script({"answer": ANSWER | {"action": "reload_target"}})
    assert not proposed().cached
    assert not proposed().cached
    assert len(openai.requests) == 2


def test_after_a_failed_restart_the_model_is_asked_anew(openai: MockOpenAI) -> None:
    proposed()
    failed = a_restart(outcome=RestartOutcome.FAILED)
    assert not proposed(history=(failed,)).cached
    assert proposed(history=(failed,)).cached
    assert not proposed(history=(a_restart(outcome=RestartOutcome.RECOVERED),)).cached
    assert len(openai.requests) == 3


def test_another_model_is_asked_anew(openai: MockOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    proposed()
    monkeypatch.setenv("OPENAI_MODEL", "gpt-3.5-turbo")
    clear_caches()
    assert not proposed().cached


def test_no_two_tasks_share_an_answer(openai: MockOpenAI, qlik: FakePlatform) -> None:
    names = ("orders", "orders2", "orders 2", "Orders")
    for name in names:
        snapshot = an_aborted(id=TaskId(server="prod", task=name))
        subject = Subject(server="prod", task=name)
        assert not proposed(an_incident(subject=subject, snapshot=snapshot)).cached
    assert len(openai.requests) == len(names)


def test_an_answer_grows_old(openai: MockOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_CACHE_SECONDS", "600")
    now = utc_now()
    cached = []
    for seconds in (0, 599, 600, 1199):
        moment = now + timedelta(seconds=seconds)
        monkeypatch.setattr(ask, "utc_now", lambda at=moment: at)
        cached.append(proposed().cached)
    assert cached == [False, True, False, True]


def test_with_a_time_of_zero_it_is_asked_every_time(
    openai: MockOpenAI, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CACHE_SECONDS", "0")
    proposed()
    proposed()
    assert len(openai.requests) == 2
    assert [item["pk"][:6] for item in stack.dump()] == ["MODEL#"]


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": "invalid_json"},
        {"fault": "truncated"},
        {"refusal": "no"},
        {"answer": ANSWER | {"confidence": 1.5}},
        {"fault": "insufficient_quota"},
    ],
    ids=["no JSON", "cut off", "refused", "out of range", "no quota"],
)
def test_only_a_valid_answer_is_used_again(
    rule: dict[str, Any], openai: MockOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qlik_monitor.adapters.openai_analyst.MAX_RETRIES", 0)
    openai.script(rule | {"times": 1}, {"answer": ANSWER})
    assert proposed().made_by is Proposer.RULES
    healed = proposed()
    assert (healed.made_by, healed.cached) == (Proposer.MODEL, False)


def test_without_a_key_no_earlier_answer_is_used(openai: MockOpenAI, stack: FakeStack) -> None:
    proposed()
    stack.write_secret("OPENAI_SECRET_ARN", {})
    clear_caches()
    again = proposed()
    assert (again.made_by, again.cached) == (Proposer.RULES, False)
    assert "no OpenAI key is configured" in str(again.rules_because)


def test_an_answer_that_cannot_be_kept_is_good_all_the_same(openai: MockOpenAI, log: Log) -> None:
    with refused("PutItem", "ANSWER#"):
        assert proposed().made_by is Proposer.MODEL
    assert "answer not kept" in [line["message"] for line in log()]


def test_answers_from_memory_are_counted(
    openai: MockOpenAI,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    capsys: pytest.CaptureFixture[str],
) -> None:
    qlik.put(an_aborted())
    incidents.open(an_incident())
    evaluated()
    evaluated()
    evaluated()
    metrics = counted(capsys.readouterr().out)
    assert (metrics["ModelCalls"], metrics["ModelCacheHits"]) == (1, 2)
