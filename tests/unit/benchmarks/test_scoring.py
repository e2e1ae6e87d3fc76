from collections.abc import Sequence

import pytest

from benchmarks.detection.contract import broken_promises
from benchmarks.detection.predicted import PredictedIncident
from benchmarks.detection.scoring import Score, score
from benchmarks.detection.tally import total
from benchmarks.detection.trial import Trial
from benchmarks.fleet_simulator.timeline import moment
from benchmarks.fleet_simulator.truth import TruthIncident
from qlik_monitor.domain.task import TaskId

POLL = 300.0
A, B = TaskId(server="s", task="a"), TaskId(server="s", task="b")


def an_illness(began: float = 10_000, due: float = 10_600, ended: float = 20_000) -> TruthIncident:
    return TruthIncident("stuck_apply", "s", "a", None, frozenset([A]), began, due, ended)


def an_incident(
    opened: float, closed: float | None = None, task: TaskId | None = A, server: str = "s"
) -> PredictedIncident:
    return PredictedIncident(
        server=server,
        task=task.task if task else None,
        endpoint=None,
        members=frozenset([task] if task else []),
        kinds=frozenset(["stuck"]),
        opened_at=moment(opened),
        closed_at=None if closed is None else moment(closed),
    )


def scored(truths: Sequence[TruthIncident], *incidents: PredictedIncident) -> Score:
    return score(truths, incidents, POLL, scored_from=5000)


@pytest.mark.parametrize(
    ("opened", "delay"),
    [(11_200, 2.0), (10_600, 0.0), (10_000, -2.0)],
    ids=["two polls late", "in time", "early"],
)
def test_the_delay_counts_in_polls_from_when_an_illness_is_due(opened: float, delay: float) -> None:
    (match,) = scored([an_illness()], an_incident(opened)).matches

    assert match.detected and match.delay_polls == delay


@pytest.mark.parametrize("opened", [9_999, 20_601], ids=["before it began", "after the grace"])
def test_an_incident_outside_an_illness_is_false(opened: float) -> None:
    result = scored([an_illness()], an_incident(opened, closed=opened + 0.5))

    assert not result.matches[0].detected
    assert len(result.false) == 1


def test_two_polls_after_its_end_an_incident_still_answers_to_an_illness() -> None:
    assert scored([an_illness()], an_incident(20_600)).matches[0].detected


def test_an_incident_of_another_task_is_false() -> None:
    result = scored([an_illness()], an_incident(11_000, task=B))

    assert not result.matches[0].detected and len(result.false) == 1


def test_an_open_incident_from_before_is_false_and_yet_people_look_already() -> None:
    result = scored([an_illness()], an_incident(8_000))

    (match,) = result.matches
    assert match.detected and match.carried and match.delay_polls is None
    assert len(result.false) == 1


def test_what_was_over_before_scoring_began_is_free() -> None:
    assert not scored([], an_incident(1_000, closed=4_000)).false
    assert len(scored([], an_incident(1_000, closed=6_000)).false) == 1


def test_the_first_incident_answers_and_the_others_are_extras() -> None:
    (match,) = scored(
        [an_illness()], an_incident(15_000), an_incident(11_200, 12_000), an_incident(18_000)
    ).matches

    assert match.delay_polls == 2.0
    assert (match.extras, match.extras_that_count) == (2, 2)


def test_an_incident_of_a_server_answers_to_the_illness_of_that_server_only() -> None:
    lost = TruthIncident("server_lost", "s", None, None, frozenset([A, B]), 10_000, 10_000, 20_000)

    assert scored([lost], an_incident(10_300, task=None)).matches[0].detected
    assert not scored([lost], an_incident(10_300, task=None, server="t")).matches[0].detected
    assert scored([lost], an_incident(10_300, task=B)).matches[0].detected


def test_an_incident_of_an_endpoint_answers_by_its_name_or_its_members() -> None:
    down = TruthIncident("endpoint_down", None, None, "x", frozenset([A, B]), 1e4, 1e4, 2e4)
    named = an_incident(10_300, task=None)
    named.endpoint = "x"

    assert scored([down], named).matches[0].detected


def a_trial(*scores: Score, days: float = 1000.0, scenario: str = "5 minutes") -> Trial:
    (one,) = scores
    return Trial(
        scenario=scenario,
        seed=1,
        interval=POLL,
        scores={"ours": one},
        opened={"ours": 2},
        kind_of={A: "steady"},
        healthy_days={"steady": days},
        polls=1,
        tasks=1,
    )


def test_precision_counts_extras_and_false_incidents_against_a_detector() -> None:
    result = scored(
        [an_illness(), an_illness(30_000, 30_600, 40_000)],
        an_incident(11_000, 12_000),
        an_incident(13_000, 14_000),
        an_incident(50_000, 51_000),
    )

    found = total([a_trial(result)], "ours")
    assert found.illnesses.recall == 0.5
    assert found.precision == pytest.approx(1 / 3)
    assert found.false_per_1000_days == 1.0


def test_one_more_incident_of_a_flapping_task_is_no_fault() -> None:
    flapping = TruthIncident("flapping", "s", "a", None, frozenset([A]), 1e4, 1e4, 2e4)
    result = scored([flapping], *(an_incident(at, at + 500) for at in (10_300, 12_000, 14_000)))

    assert total([a_trial(result)], "ours").precision == pytest.approx(2 / 3)


def test_a_promise_that_is_not_held_is_named() -> None:
    missed = scored([an_illness()])
    lost = a_trial(scored([]), scenario="200 tasks on a lost server")

    broken = broken_promises([a_trial(missed), lost], "ours")

    assert any(sentence.startswith("recall is 0.0") for sentence in broken)
    assert any("2 incidents for one lost server" in sentence for sentence in broken)
    assert broken_promises([a_trial(scored([an_illness()], an_incident(10_900)))], "ours") == []
