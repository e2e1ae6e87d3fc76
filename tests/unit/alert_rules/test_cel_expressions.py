from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.adapters import cel_expressions
from qlik_monitor.adapters.cel_expressions import CelExpression, ExpressionInvalid
from qlik_monitor.domain.task_facts import KINDS, facts_about
from tests.fakes.builders import NOON, a_snapshot


def holds(source: str, **changes: Any) -> bool | None:
    return CelExpression(source).holds(facts_about(a_snapshot(**changes), NOON))


def made_of(source: str) -> bytes:
    return bytes(cel_expressions._compiled(source).serialize())


def refusal(source: str) -> str:
    with pytest.raises(ExpressionInvalid) as raised:
        CelExpression(source)
    return str(raised.value)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("task.total_latency_seconds > 1 && task.state == 'RUNNING'", True),
        ("task.server == 'prod' && task.name.startsWith('ord')", True),
        ("'gold' in task.tags", True),
        ("size(task.tags) == 2", True),
        ("task.message.matches(r'ORA-\\d{5}')", True),
        ("task.message.contains('deadlock')", False),
        ("task.waiting >= task.memory_mb * 10", False),
        ("now.weekday == 'mon' && now.hour == 12 && now.minute == 0", True),
        ("double(task.memory_mb) / 3.0 > 66.5 // megabytes", True),
        ("'source_endpoint' == 'all(' || true", True),
        ("task.state == 'ERROR' ? false : task.details_read", True),
    ],
)
def test_an_expression_asks_for_what_was_read(source: str, expected: bool) -> None:
    assert holds(source, tags=("gold", "eu"), message="ORA-00060 happened") is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("task.memory_mb > 5", None),
        ("task.memory_mb != 5", None),
        ("!(task.memory_mb > 5)", None),
        ("task.memory_mb > 5 && task.name == 'orders'", None),
        ("task.memory_mb > 5 || task.name == 'orders'", True),
        ("task.memory_mb > 5 && task.name == 'other'", False),
        ("'memory_mb' in task.unknown", True),
        ("'memory_mb' in task.unknown || task.memory_mb > 5", True),
        ("task.source_endpoint == 'x'", None),
        ("10 / task.data_error_count > 1", None),
        ("task.tags[0] == 'x'", None),
    ],
)
def test_what_depends_on_something_unknown_is_neither_true_nor_false(
    source: str, expected: bool | None
) -> None:
    assert holds(source, memory_mb=None) is expected


def test_people_are_told_what_is_unknown() -> None:
    facts = facts_about(a_snapshot(memory_mb=None), NOON)
    assert CelExpression("task.memory_mb > 5").why_unknown(facts) == "unknown: task.memory_mb"
    divided = CelExpression("10 / task.data_error_count > 1")
    assert "divide by zero" in divided.why_unknown(facts)


@pytest.mark.parametrize(
    ("source", "because"),
    [
        ("task.total_latency_second > 3", "no 'task.total_latency_second'; did you mean"),
        ("task.state > 3", "found no matching overload for '_>_'"),
        ("task.memory_mb > 1.5", "no matching overload"),
        ("task.memory_mb == null", "no matching overload"),
        ("task.memory_mb", "gives int, and has to be true or false"),
        ("task.memory_mb >", "Syntax error"),
        ("task", "there is no 'task'"),
        ("task['state'] == 'x'", "there is no 'task'"),
        ("'unclosed == 'x'", "a text in it is not closed"),
        ("1 == 1 || " * 60 + "true", "has 604 characters, and 500 are allowed"),
        ("(" * 60 + "true" + ")" * 60, "is nested too deeply"),
        ("1" + " + 1" * 100 + " > 2", "is nested too deeply"),
        ("task.tags.exists(t, t == 'x')", "the function 'exists' is not offered"),
        ("task.tags . all\n(t, true)", "the function 'all' is not offered"),
        ("task.tags.map(t, t) == []", "the function 'map' is not offered"),
        ("has(task.state)", "the function 'has' is not offered"),
        ("timestamp('x') == timestamp('y')", "the function 'timestamp' is not offered"),
        ("cel.bind(x, 1, x == 1)", "the function 'bind' is not offered"),
        ("int(task.message) > 3", "fails on a task of which all is known"),
        ("1 / 0 == 1", "fails on a task of which all is known"),
        ('"""a\\""" == "" || task.tags.all(t, true) || "" == ""', "a text in it is not closed"),
        ("r'\\' == '' || task.tags.all(t, true) || '' == ''", "'all' is not offered"),
    ],
)
def test_what_cannot_be_evaluated_in_bounded_time_or_at_all_is_refused(
    source: str, because: str
) -> None:
    assert because in refusal(source)


@pytest.mark.parametrize(
    ("pattern", "because"),
    [
        ("(a{1,30}){1,30}b", "may not repeat a group"),
        ("(a?){50}a", "may not repeat a group"),
        ("[^a]{61}", "repeats 61 times, and 60 are allowed in all"),
        ("a{20}" * 4, "repeats 80 times"),
        (r"\\pL{20}", "neither Unicode classes"),
        ("a" * 101, "and 100 are allowed"),
        ("(", "invalid regular expression"),
    ],
)
def test_a_pattern_that_costs_too_much_is_refused(pattern: str, because: str) -> None:
    assert because in refusal(f"task.message.matches('{pattern}')")


def test_a_pattern_stands_in_quotes() -> None:
    assert "one pattern in quotes" in refusal("task.message.matches(task.name)")
    assert "one pattern in quotes" in refusal("task.message.matches('a' + 'b')")
    assert "stands in it 3 times" in refusal(" || ".join(["task.name.matches('a')"] * 3))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)(.*)[bc]x"])
def test_a_pattern_on_which_others_backtrack_for_years_is_answered(pattern: str) -> None:
    source = f"task.message.matches('{pattern}')"
    assert holds(source, message="a" * 500 + "!") is False


WORDS = "task tags all exists map matches t b true || == // r'"
SIGNS = ".(),[]{}`'\"\\\n "
words = st.sampled_from([*WORDS.split(" "), *SIGNS, '"""', "'''"])


@given(st.lists(words, max_size=25).map("".join))
def test_no_text_smuggles_a_loop_past_the_bounds(source: str) -> None:
    try:
        CelExpression(source)
    except ExpressionInvalid:
        return
    # CEL names the variable that a loop gathers its result in.
    assert b"@result" not in made_of(source)


def test_a_loop_would_be_seen_in_what_cel_made_of_it() -> None:
    assert b"@result" in made_of("task.tags.all(t, true)")


def test_every_fact_can_be_asked_for() -> None:
    facts = facts_about(a_snapshot(), NOON)
    assert set(facts) == set(KINDS)
    for name in KINDS:
        expected = None if facts[name] is None else True
        assert CelExpression(f"{name} == {name}").holds(facts) is expected, name


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_refused_with_a_reason(source: str) -> None:
    try:
        CelExpression(source)
    except ExpressionInvalid as error:
        assert str(error)
