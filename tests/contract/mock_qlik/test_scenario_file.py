from pathlib import Path

import pytest

from local.mock_qlik import MockQlik, ScenarioInvalid, load_scenario
from local.mock_qlik.kinds import Kind
from local.mock_qlik.scenario import expanded

MISTAKES = {
    "unknown kind": ("servers: [{name: S, tasks: [{name: T, kind: sick}]}]", "'sick': Input"),
    "unknown field": ("servers: [{name: S, colour: red}]", "unknown field colour; allowed: count"),
    "parameter of another kind": (
        "servers: [{name: S, tasks: [{name: T, kind: stuck, message: Hm}]}]",
        "servers.0.tasks.0: kind stuck takes no message; it takes: onset_seconds",
    ),
    "out of range": ("speed: -1", "speed: -1: Input should be greater than or equal to 0"),
    "disputed form": ("spelling: {recovery: HEALING}", "'RECOVERY' or 'RECOVERING'"),
    "password with a colon": ("credentials: {password: 'a:b'}", "credentials.password"),
    "name twice": ("servers: [{name: S}, {name: s}]", "'s' is there twice"),
    "count without a place": (
        "servers: [{name: S, count: 2}]",
        "is there twice; with count use {n}",
    ),
    "wrong place": ("servers: [{name: 'S{x}', count: 2}]", "it may hold {n} or {n:03}"),
    "no mapping": ("- servers", "the top must be a mapping"),
    "no YAML": ("servers: [", "expected"),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_by_file_field_and_what_is_allowed(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "mistaken.yaml"
    path.write_text(text)

    with pytest.raises(ScenarioInvalid) as caught:
        load_scenario(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_mistake_in_a_password_is_told_without_it(tmp_path: Path) -> None:
    path = tmp_path / "mistaken.yaml"
    path.write_text("credentials: {password: 'hush:hush'}")

    with pytest.raises(ScenarioInvalid) as caught:
        load_scenario(path)

    assert "hush" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match=r"nothing\.yaml"):
        load_scenario(tmp_path / "nothing.yaml")


def test_the_shorthand_makes_many(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text('servers: [{name: "S{n}", count: 2, tasks: [{name: "T_{n:03}", count: 200}]}]')

    servers = expanded(load_scenario(path).servers)

    assert [server.name for server in servers] == ["S1", "S2"]
    tasks = expanded(servers[0].tasks)
    assert (len(tasks), tasks[0].name, tasks[-1].name) == (200, "T_001", "T_200")


def test_the_demonstration_shows_every_kind_and_is_served() -> None:
    scenario = load_scenario()

    kinds = {task.kind for server in scenario.servers for task in server.tasks}
    assert kinds == set(Kind)
    assert {server.state for server in scenario.servers} == {"MONITORED", "NOT_MONITORED", "ERROR"}
    with MockQlik(scenario) as qlik:
        assert len(qlik.control.state()["servers"]) == len(scenario.servers)
