import json
from datetime import timedelta
from pathlib import Path

import pytest

from local.mock_openai import MockOpenAI
from local.mock_qlik.server import MockQlik
from local.monitor.memory import Memory
from tests.integration.monitor.running import HEALTHY, Monitor, a_fleet

STUCK = a_fleet({"kind": "stuck", "onset_seconds": -300}, {})


def age(state: Path, hours: int) -> None:
    """Let the file be so much older."""
    memory = Memory.model_validate_json(state.read_text())
    passed = timedelta(hours=hours)
    times = ("observed_at", "state_since", "moved_at")
    servers = {
        server: {
            name: task.model_copy(update={time: getattr(task, time) - passed for time in times})
            for name, task in tasks.items()
        }
        for server, tasks in memory.servers.items()
    }
    update = {"observed_at": memory.observed_at - passed, "servers": servers}
    state.write_text(memory.model_copy(update=update).model_dump_json())


def test_a_second_run_with_the_first_one_s_state_finds_what_is_stuck(
    monitor: Monitor, tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    with MockQlik(STUCK) as qlik:
        alone = monitor(qlik.url)
        first = monitor(qlik.url, "--json", "--state", str(state))
        age(state, hours=1)
        second = monitor(qlik.url, "--json", "--state", str(state))
        age(state, hours=1)
        shown = monitor(qlik.url, "--state", str(state))

    assert "cannot tell that a task is stuck" in alone.out
    assert "stuck" not in first.kinds("T1")
    assert second.kinds("T1") == ["stuck"]
    assert second.kinds("T2") == []
    assert "Compared with what was remembered at" in shown.out
    assert "stop_and_resume (0.70, rules)" in shown.out


def test_a_server_that_was_not_read_keeps_its_memory(monitor: Monitor, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with MockQlik(STUCK) as qlik:
        monitor(qlik.url, "--json", "--state", str(state))
        known = json.loads(state.read_text())["servers"]
        qlik.control.server_becomes("S", state="ERROR")
        assert monitor(qlik.url, "--json", "--state", str(state)).code == 2

    assert json.loads(state.read_text())["servers"] == known


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"servers": 7}'])
def test_a_file_that_is_none_of_ours_is_not_overwritten(
    text: str, monitor: Monitor, tmp_path: Path
) -> None:
    state = tmp_path / "precious.json"
    state.write_text(text)
    with MockQlik(HEALTHY) as qlik:
        ran = monitor(qlik.url, "--json", "--state", str(state))

    assert ran.code == 2
    assert "no file of an earlier run" in ran.err
    assert state.read_text() == text


def test_the_memory_of_another_qlik_is_refused(monitor: Monitor, tmp_path: Path) -> None:
    state = str(tmp_path / "state.json")
    with MockQlik(HEALTHY) as one, MockQlik(HEALTHY) as other:
        assert monitor(one.url, "--json", "--state", state).code == 0
        ran = monitor(other.url, "--json", "--state", state)

    assert ran.code == 2
    assert "use another file" in ran.err


def test_a_state_that_cannot_be_written_does_not_hide_the_reading(
    monitor: Monitor, tmp_path: Path
) -> None:
    with MockQlik(HEALTHY) as qlik:
        ran = monitor(qlik.url, "--json", "--state", str(tmp_path / "no" / "state.json"))

    assert ran.code == 2
    assert "it cannot be written" in ran.err
    assert len(ran.json["tasks"]) == 2


def test_the_model_is_asked_only_on_demand(monitor: Monitor) -> None:
    with MockQlik(a_fleet({"kind": "aborted"}, {"kind": "low_disk"})) as qlik, MockOpenAI() as ai:
        settings = {"OPENAI_API_KEY": ai.api_key, "OPENAI_BASE_URL": ai.url}
        monitor(qlik.url, **settings)
        assert ai.requests == []
        ran = monitor(qlik.url, "--ask-model", **settings)

    # About a server there is nothing to ask.
    assert len(ai.requests) == 1
    assert "resume (0.93, gpt-4o" in ran.out
    assert "gpt-4o was asked about 1, for" in ran.out


SIDES = ("source_endpoint", "target_endpoint")


def test_where_the_model_fails_the_rules_propose_and_it_is_not_asked_for_ever(
    monitor: Monitor,
) -> None:
    # With a source in common, they would be one incident.
    tasks = [
        {
            "kind": "aborted",
            "source_endpoint": {"name": f"S{n}"},
            "target_endpoint": {"name": f"T{n}"},
        }
        for n in range(6)
    ]
    with MockQlik(a_fleet(*tasks)) as qlik, MockOpenAI() as ai:
        ai.script({"text": "no JSON"})
        ran = monitor(qlik.url, "--ask-model", OPENAI_API_KEY=ai.api_key, OPENAI_BASE_URL=ai.url)

    assert len(ai.requests) == 3
    assert ran.out.count("resume (0.80, rules)") == 6


def test_a_model_without_a_key_is_told_before_anything_is_read(monitor: Monitor) -> None:
    with MockQlik(HEALTHY) as qlik:
        ran = monitor(qlik.url, "--ask-model")
        assert qlik.requests == []

    assert ran.code == 2
    assert ran.err == "OPENAI_API_KEY is not set: --ask-model needs it\n"


def test_json_has_no_place_for_proposals(monitor: Monitor) -> None:
    with pytest.raises(SystemExit) as ended:
        monitor(None, "--json", "--ask-model")
    assert ended.value.code == 2
