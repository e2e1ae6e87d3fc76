import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.alert_rules.document import Document, DocumentInvalid
from local.alert_rules.reading import ReadRules, read_rules
from qlik_monitor import composition_rules
from qlik_monitor.adapters import alert_rules_file
from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid
from qlik_monitor.adapters.alert_rules_file import NO_RULES, read_compiled
from qlik_monitor.domain.task import StopReason, TaskState
from qlik_monitor.domain.task_facts import KINDS
from qlik_monitor.domain.thresholds import Thresholds
from qlik_monitor.errors import ConfigurationError
from tests.contract.docs.markdown import ROOT, read, rows

VALID = """\
version: 1
rules:
  - name: gold
    match: {tags: [gold]}
    thresholds:
      lag_seconds: 60
    expressions:
      - name: slow
        when: task.memory_mb > 1
        severity: warning
        summary: Slow
opt_out_tags: [hands-off]
error_patterns:
  - {name: gateway, class: connection, text: gateway reset}
"""


def a_file(folder: Path, text: str) -> Path:
    path = folder / "alert_rules.yaml"
    path.write_text(dedent(text))
    return path


def read_from(folder: Path, text: str) -> ReadRules:
    return read_rules(a_file(folder, text), folder)


def mistakes_in(folder: Path, text: str) -> list[str]:
    with pytest.raises(AlertRulesInvalid) as raised:
        read_from(folder, text)
    return raised.value.mistakes


def in_rule(line: str) -> str:
    return f"version: 1\nrules:\n  - name: r\n    {line}\n"


def in_window(text: str) -> str:
    return f"version: 1\nmaintenance:\n  - name: m\n    time_zone: Europe/Berlin\n    {text}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file: nothing is not a mapping of fields"),
        ("rules: []", "1: version: is missing"),
        ("version: 2", "1: version: 2 is more than 1"),
        ("version: '1'", "1: version: '1' is not a whole number from 1"),
        ("version: 1\nrule: []", "2: rule: there is no such field; did you mean 'rules'?"),
        ("version: 1\nrules: {}", "2: rules: a mapping is not a list"),
        ("version: 1\nrules:\n- {}", "3: rules[0].name: is missing"),
        (in_rule("severity: [lagging]"), "4: rules[0].severity: a list is not a mapping of fields"),
        (
            in_rule("thresholds: {lag_seconds: ten}"),
            "4: rules[0].thresholds.lag_seconds: 'ten' is not a whole number from 1",
        ),
        (
            in_rule("thresholds: {lag_seconds: 0}"),
            "4: rules[0].thresholds.lag_seconds: 0 is not a whole number from 1",
        ),
        (
            in_rule("thresholds: {lag_seconds: true}"),
            "4: rules[0].thresholds.lag_seconds: true is not a whole number from 1",
        ),
        (
            in_rule("thresholds: {lag_second: 1}"),
            "4: rules[0].thresholds.lag_second: there is no such field; "
            "did you mean 'lag_seconds'?",
        ),
        (
            in_rule("thresholds: {zzz: 1}"),
            "4: rules[0].thresholds.zzz: there is no such field",
        ),
        (in_rule("match: {servers: prod}"), "4: rules[0].match.servers: 'prod' is not a list"),
        (in_rule("match: {tags: []}"), "4: rules[0].match.tags: a list is empty"),
        (
            in_rule("match: {tasks: [1]}"),
            "4: rules[0].match.tasks[0]: 1 is not a text; put it in quotes",
        ),
        (
            in_rule("severity: {laging: ignore}"),
            "4: rules[0].severity.laging: there is no such kind of anomaly; "
            "did you mean 'lagging'?",
        ),
        (
            in_rule("severity: {lagging: off}"),
            "4: rules[0].severity.lagging: 'off' is none of 'warning', 'critical' or 'ignore'",
        ),
        (
            in_rule("severity: {custom: ignore}"),
            "4: rules[0].severity.custom: each expression says its own severity",
        ),
        (
            in_rule("expressions: [{name: e, when: task.memory, severity: warning, summary: s}]"),
            "4: rules[0].expressions[0].when: there is no 'task.memory'; did you mean "
            "'task.memory_mb'? (line 1, column 5 of the expression)",
        ),
        (
            "version: 1\nrules: [{name: a}, {name: a}]",
            "1: the file: rules: 'a' is the name of two",
        ),
        (in_window(""), "3: maintenance[0]: needs either 'weekly' or 'once'"),
        (
            "version: 1\nmaintenance: [{name: m, time_zone: CETS}]",
            "2: maintenance[0].time_zone: 'CETS' is not a time zone of the IANA database, "
            "such as Europe/Berlin",
        ),
        (
            in_window("weekly: {days: [monday], from: 1:00, to: 02:00}"),
            "5: maintenance[0].weekly.days[0]: 'monday' is none of "
            "'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'",
        ),
        (
            in_window("weekly: {days: [mon], from: 01:00, to: 25:00}"),
            "5: maintenance[0].weekly.to: '25:00' is not a time from 00:00 to 24:00, such as 22:00",
        ),
        (
            in_window("once: {from: 2026-02-30T00:00, to: 2026-03-01T00:00}"),
            "5: maintenance[0].once.from: '2026-02-30T00:00' is not a date and time "
            "without offset, such as 2026-12-24T20:00",
        ),
        (
            in_window("once: {from: 2026-03-02T00:00, to: 2026-03-01T00:00}"),
            "5: maintenance[0].once: 'to' is not after 'from'",
        ),
        ("version: 1\nversion: 1", "2: 'version' stands there twice"),
        ("version: &a 1\nrules: *a", "2: references (*name) are not read; write the value again"),
        ("version: 1\nrules: !!python/name:os.system", "2: the tag"),
        ("version: 1\nrules: [", "2: is not YAML: while parsing a flow node"),
        ("version: 1\n---\nversion: 1", "2: is not YAML: expected a single document"),
        ("version: 1\n? [a]\n: 1", "2: a field's name is a plain text"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(
    tmp_path: Path, text: str, expected: str
) -> None:
    assert mistakes_in(tmp_path, text)[0].startswith(f"alert_rules.yaml:{expected}")


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    found = mistakes_in(
        tmp_path,
        """\
        version: 1
        rules:
          - name: r
            thresholds: {lag_seconds: ten, stuck_seconds: 0}
            expressions:
              - {name: e, when: "task.state >", severity: warning, summary: s}
        opt_outs: []
        """,
    )
    assert [one.split(":")[1] for one in found] == ["4", "4", "7", "6"]


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "alert_rules.yaml"
    for content, said in [(b"\xff\xfe\xff", "is not UTF-8"), (b"#" * 300_000, "has 300000 bytes")]:
        path.write_bytes(content)
        with pytest.raises(AlertRulesInvalid, match=said):
            read_rules(path, tmp_path)
    with pytest.raises(AlertRulesInvalid, match=r"none\.yaml:1: cannot be read: No such file"):
        read_rules(tmp_path / "none.yaml", tmp_path)


def test_a_time_and_a_word_are_no_numbers_and_no_truths() -> None:
    document = Document("[22:00, no, on, 0o7, 2026-12-24, 1.5, true, ~, 010]")
    assert document.value == [
        *("22:00", "no", "on", "0o7", "2026-12-24"),
        *(1.5, True, None, "010"),
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        Document(text)
    except DocumentInvalid as error:
        assert error.line >= 1


def test_what_the_build_writes_is_what_the_functions_read(tmp_path: Path) -> None:
    rules = read_from(tmp_path, VALID)
    place = tmp_path / "alert_rules.json"
    place.write_text(rules.compiled)
    assert read_compiled(place)[0] == rules.file
    assert read_from(tmp_path, VALID).compiled == rules.compiled


def test_a_deployment_without_the_file_has_no_rules(tmp_path: Path) -> None:
    assert read_compiled(tmp_path / "alert_rules.json")[0] == NO_RULES


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"file": "f", "lines": 3, "rules": {}}'])
def test_a_damaged_file_stops_the_function(tmp_path: Path, text: str) -> None:
    place = tmp_path / "alert_rules.json"
    place.write_text(text)
    with pytest.raises(ConfigurationError, match=r"alert_rules\.json cannot be read"):
        read_compiled(place)


def test_a_mistake_in_a_deployment_is_named_by_the_line_it_was_made_of(tmp_path: Path) -> None:
    whole = json.loads(read_from(tmp_path, VALID).compiled)
    whole["rules"]["rules"][0]["thresholds"]["lag_seconds"] = -1
    place = tmp_path / "alert_rules.json"
    place.write_text(json.dumps(whole))
    with pytest.raises(
        ConfigurationError,
        match=r"alert_rules\.json, made of alert_rules\.yaml:6: rules\[0\]\.thresholds\.lag_sec",
    ):
        read_compiled(place)


def forget() -> None:
    for value in list(vars(composition_rules).values()):
        if clear := getattr(value, "cache_clear", None):
            clear()


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a deployment would hold its rules."""
    place = tmp_path / "alert_rules.json"
    monkeypatch.setattr(composition_rules, "deployed_place", lambda: place)
    forget()
    yield place
    forget()


def test_a_function_gets_its_rules_checked_and_ready(deployed: Path, tmp_path: Path) -> None:
    deployed.write_text(read_from(tmp_path, VALID).compiled)
    assert composition_rules.opt_out_tags() == {"hands-off"}
    assert len(composition_rules.alert_rules(Thresholds()).file.rules) == 1
    known = composition_rules.error_catalogue().entry_for(
        TaskState.ERROR, StopReason.FATAL_ERROR, "the gateway reset"
    )
    assert known is not None and known.own
    evaluation = composition_rules.evaluation()
    assert evaluation.holds("task.memory_mb > 1", {"task.memory_mb": 2}, "prod") is True


def test_a_function_without_rules_needs_no_engine(deployed: Path) -> None:
    assert not deployed.exists()
    assert composition_rules.opt_out_tags() == frozenset()
    assert composition_rules.alert_rules(Thresholds()).file == NO_RULES
    assert composition_rules.error_catalogue().patterns == ()
    assert not list(composition_rules.evaluation().anomalies())


def test_the_rules_lie_beside_the_package() -> None:
    package = ROOT / "layers" / "qlik_monitor" / "python" / "qlik_monitor"
    assert alert_rules_file.deployed_place() == package / "alert_rules.json"
    assert not alert_rules_file.deployed_place().exists()


def test_the_example_is_valid_and_shows_every_field() -> None:
    rules = read_rules(ROOT / "docs" / "alert_rules.example.yaml", ROOT)
    shown = {part for path in rules.place.lines for part in path if isinstance(part, str)}
    assert {"servers", "tasks", "tags", "thresholds", "severity", "expressions"} <= shown
    assert {"weekly", "once", "time_zone", "opt_out_tags"} <= shown
    assert {"error_patterns", "class", "text", "states", "stop_reasons"} <= shown


def test_every_fact_is_described_and_no_other() -> None:
    page = read("docs/ALERT_RULES.md").partition("## What an expression may ask")[2]
    named = {row[0].strip("`") for row in rows(page) if row[0].startswith(("`task.", "`now."))}
    assert named == set(KINDS)
