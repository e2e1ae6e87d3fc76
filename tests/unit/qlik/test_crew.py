import threading
from collections.abc import Callable
from functools import partial

import pytest
from urllib3.exceptions import ReadTimeoutError

from qlik_monitor.adapters.qlik_crew import MOST_TIMEOUTS, Crew, Patience
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.errors import QlikAnswerInvalid, QlikUnavailable


def a_timeout() -> None:
    raise QlikUnavailable("late") from ReadTimeoutError(None, "/", "late")  # type: ignore[arg-type]


def test_results_are_handed_over_in_the_caller_s_thread() -> None:
    crew, seen = Crew(4, Deadline.after(30)), list[object]()
    threads = set[int]()

    def take(outcome: object) -> None:
        seen.append(outcome)
        threads.add(threading.get_ident())

    for number in range(20):
        crew.start(partial(int, number), take)
    crew.finish()

    assert set(seen) == set(range(20))
    assert threads == {threading.get_ident()}


def test_work_that_comes_up_meanwhile_is_done_too() -> None:
    crew, seen = Crew(1, Deadline.after(30)), list[object]()

    def again(outcome: object) -> None:
        seen.append(outcome)
        if len(seen) < 5:
            crew.start(lambda: len(seen), again)

    crew.start(lambda: 0, again)
    crew.finish()

    assert seen == [0, 1, 2, 3, 4]


def test_no_more_work_runs_at_once_than_there_are_workers() -> None:
    crew, lock, counts = Crew(3, Deadline.after(30)), threading.Lock(), [0, 0]
    meeting = threading.Barrier(3)

    def work() -> None:
        with lock:
            counts[0] += 1
            counts[1] = max(counts)
        meeting.wait(timeout=30)
        with lock:
            counts[0] -= 1

    for _ in range(9):
        crew.start(work, lambda _outcome: None)
    crew.finish()

    assert counts == [0, 3]


def test_what_hangs_is_given_up_at_the_deadline_and_the_rest_is_kept() -> None:
    release, seen = threading.Event(), dict[str, object]()
    crew = Crew(2, Deadline.after(0.5))
    crew.start(lambda: release.wait(60), lambda outcome: seen.update(slow=outcome))
    crew.start(lambda: "read", lambda outcome: seen.update(fast=outcome))

    try:
        crew.finish()
    finally:
        release.set()

    assert seen["fast"] == "read"
    assert isinstance(seen["slow"], QlikUnavailable)


def test_a_fault_of_our_own_in_one_read_does_not_stop_the_others() -> None:
    crew, seen = Crew(2, Deadline.after(30)), list[object]()
    crew.start(partial({"a": 1}.__getitem__, "x"), seen.append)
    crew.start(lambda: "read", seen.append)

    crew.finish()

    assert "read" in seen
    assert any(isinstance(one, QlikAnswerInvalid) and "KeyError" in str(one) for one in seen)


def test_a_server_that_times_out_again_and_again_is_asked_no_more() -> None:
    patience, asked = Patience(), list[int]()

    def hang() -> None:
        asked.append(1)
        a_timeout()

    for _ in range(MOST_TIMEOUTS + 3):
        with pytest.raises(QlikUnavailable):
            patience.ask(hang)

    assert len(asked) == MOST_TIMEOUTS


@pytest.mark.parametrize("between", [lambda: "read", None], ids=["an answer", "other failures"])
def test_only_timeouts_in_a_row_try_patience(between: Callable[[], str] | None) -> None:
    patience = Patience()

    def fail() -> None:
        raise QlikUnavailable("HTTP 500")

    for _ in range(MOST_TIMEOUTS + 1):
        with pytest.raises(QlikUnavailable, match="late" if between else "HTTP 500"):
            patience.ask(a_timeout if between else fail)
        if between:
            assert patience.ask(between) == "read"
