"""The confidence that counts: never above the stated one, and lowered by each reason to doubt."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import EXECUTABLE, Action
from qlik_monitor.domain.confidence import LOOK_BACK, NOT_SENSIBLE, PRIORS, weighed
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.handbook import sensible_for
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.precedent import Precedent
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.restart import Restart, RestartOutcome
from tests.fakes import strategies
from tests.fakes.builders import (
    a_candidate,
    a_group_incident,
    a_precedent,
    a_proposal,
    a_restart,
    an_aborted,
    an_incident,
    later,
)

FAILED, RECOVERED = RestartOutcome.FAILED, RestartOutcome.RECOVERED


def said(action: Action = Action.RESUME, **changes: Any) -> Proposal:
    """A proposal of a model that reads the class as the catalogue does, and quotes well."""
    usual: dict[str, Any] = {
        "confidence": 1.0,
        "said_class": ErrorClass.CONNECTION,
        "quotes_found": 1.0,
    }
    return a_proposal(action, **usual | changes)


def part(name: str, **given_: Any) -> float:
    usual: dict[str, Any] = {
        "proposal": said(),
        "incident": an_incident(),
        "history": (),
        "precedents": (),
    }
    parts = {one.name: one.value for one in weighed(**usual | given_).parts}
    return parts[name]


def of(incident_id: str, **changes: Any) -> Precedent:
    return a_precedent(incident_id=incident_id, **changes)


def test_the_lower_of_the_two_counts() -> None:
    modest = weighed(said(confidence=0.6), an_incident(), (), ())
    bold = weighed(said(confidence=1.0), an_incident(), (), ())
    assert (modest.confidence, modest.stated_confidence) == (0.6, 0.6)
    assert (bold.confidence, bold.stated_confidence) == (0.95, 1.0)
    assert [one.name for one in bold.parts] == ["class", "history", "reading", "agreement"]


def test_the_score_is_the_lowest_part() -> None:
    failed = (a_restart(outcome=FAILED),)
    proposal = weighed(said(quotes_found=0.75), an_incident(), failed, ())
    assert proposal.confidence == min(one.value for one in proposal.parts) == 0.5


def test_every_sensible_action_has_a_prior_and_no_other() -> None:
    pairs = {(c, a) for c in ErrorClass for a in sensible_for(c) if a in EXECUTABLE}
    assert set(PRIORS) == pairs


def test_what_makes_no_sense_for_the_class_has_next_to_no_confidence() -> None:
    incident = an_incident(error_class=ErrorClass.LICENSE)
    helped = tuple(of(f"i-{n}", error_class=ErrorClass.LICENSE) for n in range(50))
    assert part("class", incident=incident, precedents=helped) == NOT_SENSIBLE


@pytest.mark.parametrize(
    ("helped", "failed", "expected"),
    [(0, 0, 0.95), (5, 0, 0.975), (0, 1, 0.792), (3, 1, 0.861), (0, 5, 0.475), (0, 45, 0.095)],
)
def test_what_came_of_it_here_moves_the_prior(helped: int, failed: int, expected: float) -> None:
    precedents = [of(f"good-{n}") for n in range(helped)]
    precedents += [of(f"bad-{n}", outcome=FAILED) for n in range(failed)]
    assert part("class", precedents=precedents) == expected


def test_attempts_and_tasks_of_one_incident_are_one_observation() -> None:
    attempts = tuple(of("hopeless", attempt=n, outcome=FAILED) for n in range(1, 50))
    assert part("class", precedents=attempts) == part("class", precedents=attempts[:1])
    mixed = (of("mixed"), of("mixed", outcome=FAILED))
    assert part("class", precedents=mixed) == round((0.95 * 5 + 0.5) / 6, 3)


def test_precedents_of_another_action_or_class_say_nothing() -> None:
    others = (
        a_precedent(action=Action.STOP_AND_RESUME, outcome=FAILED),
        a_precedent(error_class=ErrorClass.UNKNOWN, outcome=FAILED),
    )
    assert part("class", precedents=others) == 0.95


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), 1.0),
        ((FAILED,), 0.5),
        ((FAILED, FAILED), 0.25),
        ((RECOVERED,), 0.95),
        ((RECOVERED, FAILED), 0.475),
        ((RestartOutcome.REQUESTED,), 0.5),
        ((RestartOutcome.UNKNOWN,), 0.5),
        ((RestartOutcome.REFUSED,), 0.5),
    ],
)
def test_each_earlier_restart_of_the_task_lowers_it(
    outcomes: tuple[RestartOutcome, ...], expected: float
) -> None:
    history = tuple(a_restart(outcome=outcome) for outcome in outcomes)
    assert part("history", history=history) == expected


def test_only_recent_restarts_with_the_same_action_say_something() -> None:
    other = a_restart(action=Action.STOP_AND_RESUME, outcome=FAILED)
    old = a_restart(requested_at=later(seconds=-1) - LOOK_BACK, outcome=FAILED)
    assert part("history", history=(other, old)) == 1.0


def test_restarts_before_a_whole_window_of_health_say_nothing() -> None:
    failed = (a_restart(requested_at=later(hours=-30), outcome=FAILED),)
    healthy_since = an_incident(counts_from=later(hours=-20))
    assert part("history", history=failed) == 0.5
    assert part("history", history=failed, incident=healthy_since) == 1.0


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (an_aborted(), 1.0),
        (an_aborted(details_read=False), 0.5),
        (an_aborted(unknown_fields=("state: 'NEW'",)), 0.8),
        (None, 0.5),
    ],
    ids=["whole", "unread", "a strange field", "none"],
)
def test_a_reading_with_holes_lowers_it(snapshot: Any, expected: float) -> None:
    assert part("reading", incident=an_incident(snapshot=snapshot)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"said_class": ErrorClass.RESOURCE}, 0.5),
        ({"said_class": None}, 0.5),
        ({"quotes_found": 0.6}, 0.6),
        ({"quotes_found": 0.5, "said_class": ErrorClass.DATA}, 0.25),
        ({"quotes_found": None}, 0.0),
    ],
)
def test_a_model_that_reads_otherwise_or_quotes_badly_is_believed_less(
    changes: dict[str, Any], expected: float
) -> None:
    assert part("agreement", proposal=said(**changes)) == expected


def test_the_rules_agree_with_themselves() -> None:
    rules = a_proposal(made_by=Proposer.RULES, confidence=0.8)
    proposal = weighed(rules, an_incident(), (), ())
    assert [one.name for one in proposal.parts] == ["class", "history", "reading"]
    assert proposal.confidence == 0.8


def test_a_group_is_weighed_by_its_class_alone() -> None:
    group = a_group_incident(candidates=(a_candidate(),), error_class=ErrorClass.CONNECTION)
    rules = a_proposal(made_by=Proposer.RULES, confidence=0.8)
    failed = tuple(of(f"bad-{n}", outcome=FAILED) for n in range(3))
    proposal = weighed(rules, group, (), failed)
    assert [one.name for one in proposal.parts] == ["class"]
    assert proposal.confidence == round(0.95 * 5 / 8, 3)


@pytest.mark.parametrize("action", [Action.WAIT, Action.ESCALATE])
def test_what_leaves_the_task_alone_is_not_weighed(action: Action) -> None:
    proposal = weighed(said(action, confidence=0.7), an_incident(), (), ())
    assert (proposal.confidence, proposal.stated_confidence, proposal.parts) == (0.7, 0.7, ())


precedents = st.builds(
    lambda number, outcome, action, error_class: of(
        f"i-{number}", outcome=outcome, action=action, error_class=error_class
    ),
    st.integers(0, 5),
    st.sampled_from([FAILED, RECOVERED]),
    st.sampled_from(Action),
    st.sampled_from(ErrorClass),
)
proposals = st.builds(
    said,
    st.sampled_from(Action),
    confidence=st.floats(0, 1),
    said_class=st.none() | st.sampled_from(ErrorClass),
    quotes_found=st.none() | st.floats(0, 1),
    made_by=st.sampled_from(Proposer),
)


@given(proposals, strategies.incidents, strategies.histories, st.lists(precedents, max_size=8))
def test_the_confidence_that_counts_is_never_above_the_stated_one(
    proposal: Proposal,
    incident: Incident,
    history: tuple[Restart, ...],
    known: list[Precedent],
) -> None:
    after = weighed(proposal, incident, history, known)
    assert 0 <= after.confidence <= proposal.confidence
    assert after.stated_confidence == proposal.confidence
    assert all(after.confidence <= one.value for one in after.parts)
    assert weighed(after, incident, history, known) == after
    changed = {"confidence", "stated_confidence", "parts"}
    assert after.model_dump(exclude=changed) == proposal.model_dump(exclude=changed)
