from typing import Any

import pytest

from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.precedent import MAX_DETAIL, precedent_of, similar_to
from qlik_monitor.domain.proposal import Proposer
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import TaskId
from tests.fakes.builders import (
    NOON,
    TASK,
    a_decided,
    a_precedent,
    a_proposal,
    a_restart,
    an_incident,
    later,
)


def a_final(**changes: Any) -> Any:
    usual = {"outcome": RestartOutcome.FAILED, "confidence": 0.6, "made_by": "model"}
    return a_restart(**usual | {"error_class": "connection"} | changes)


def test_a_precedent_tells_what_was_done_for_what_and_what_came_of_it() -> None:
    incident = a_decided(proposal=a_proposal(confidence=0.6, stated_confidence=0.9))
    precedent = precedent_of(a_final(detail="the same error"), incident)
    assert precedent is not None
    assert (precedent.task, precedent.at, precedent.attempt) == (TASK, NOON, 1)
    assert precedent.kinds == (AnomalyKind.ABORTED,)
    assert (precedent.confidence, precedent.stated_confidence) == (0.6, 0.9)
    assert (precedent.made_by, precedent.helped) == (Proposer.MODEL, False)
    assert precedent.detail == "the same error"


@pytest.mark.parametrize("outcome", set(RestartOutcome) - {"recovered", "failed"})
def test_what_nobody_saw_the_end_of_is_no_precedent(outcome: RestartOutcome) -> None:
    assert precedent_of(a_final(outcome=outcome), a_decided()) is None


def test_its_detail_is_short_and_free_of_secrets() -> None:
    precedent = precedent_of(a_final(detail=f"password=hunter2 {'x' * 900}"), a_decided())
    assert precedent is not None
    assert "hunter2" not in precedent.detail
    assert len(precedent.detail) == MAX_DETAIL


def test_a_record_of_an_earlier_release_has_no_confidence() -> None:
    precedent = precedent_of(a_final(confidence=None, made_by=""), an_incident())
    assert precedent is not None
    assert (precedent.confidence, precedent.made_by) == (None, None)


def test_the_most_alike_are_chosen_and_stand_by_age() -> None:
    same_task = a_precedent(task=TASK, at=later(hours=-9))
    same_kind = a_precedent(at=later(hours=-3))
    elsewhere = a_precedent(task=TaskId(server="dr", task="x"), at=later(hours=-2))
    other = a_precedent(
        task=TaskId(server="dr", task="x"), at=later(hours=-1), kinds=(AnomalyKind.STUCK,)
    )
    own = a_precedent(task=TASK, incident_id=an_incident().id)
    known = (own, other, elsewhere, same_kind, same_task)
    assert similar_to(an_incident(), known, 3) == (same_task, same_kind, elsewhere)
