import json
from pathlib import Path

import pytest

from benchmarks.evals.__main__ import main
from local.mock_openai import MockOpenAI

NO_KEY: dict[str, str] = {}


def test_one_model_and_one_case_are_run_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--model", "always reload_target", "--case", "login-wrong-password"]
    assert main([*chosen, "--workers", "1"], NO_KEY) == 0
    printed = capsys.readouterr().out
    assert "1 cases of 1 classes" in printed
    assert "reload_target (stated 1.00, counts 0.05) became escalate" in printed


def test_figures_and_trials_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "evals.json"
    assert main(["--model", "rules", "--check", "--json", str(written)], NO_KEY) == 0
    assert "Every promise holds." in capsys.readouterr().out
    figures = json.loads(written.read_text("utf-8"))
    assert figures["models"]["rules"]["unsafe_rate"] == 0
    assert figures["models"]["rules"]["accuracy"] >= 0.95
    assert len(figures["trials"]["rules"]) == figures["cases"] >= 80
    assert figures["trials"]["rules"][0]["decisions"]["permissive"]["kind"]


def test_a_broken_promise_ends_with_1_when_that_was_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "answers").mkdir()
    case = {
        "id": "wrong",
        "about": "No rule says so: the case is wrong on purpose.",
        "task": "prod/orders",
        "state": "ERROR",
        "stop_reason": "FATAL_ERROR",
        "message": "ORA-03113",
        "found": ["aborted"],
        "error_class": "connection",
        "acceptable": ["wait"],
    }
    answer = {"action": "wait", "confidence": 1, "cause": "c", "reasoning": "r", "evidence": ["e"]}
    # JSON is YAML, too.
    (tmp_path / "cases" / "a.yaml").write_text(json.dumps({"cases": [case]}), "utf-8")
    (tmp_path / "answers" / "a.yaml").write_text(json.dumps({"wrong": answer}), "utf-8")
    folders = ["--cases", str(tmp_path / "cases"), "--answers", str(tmp_path / "answers")]
    chosen = ["--model", "rules", "--workers", "1"]
    assert main([*folders, *chosen], NO_KEY) == 0
    assert main([*folders, *chosen, "--check"], NO_KEY) == 1
    printed = capsys.readouterr().out
    assert "UNSAFE rules, wrong: permissive: resume by itself, which is not acceptable" in printed
    assert "BROKEN rules: 1 of 1 cases are unsafe" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--model", "gpt-9"],
            "--model 'gpt-9': there is no such model; there are rules",
        ),
        (["--case", "nope"], "--case 'nope': there is no such case; there are "),
        (["--cases", "/nowhere"], "/nowhere: no file there ends in .yaml"),
    ],
)
def test_unusable_input_ends_with_2_and_says_what_there_is(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, NO_KEY) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "cheap"])
def test_a_price_is_no_less_than_nothing(price: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--price-in={price}"], NO_KEY)
    assert f"'{price}': expected dollars, 0 or more" in capsys.readouterr().err


def test_with_a_key_the_real_model_is_measured_by_the_same_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with MockOpenAI() as service:
        environment = {
            "OPENAI_API_KEY": service.api_key,
            "OPENAI_BASE_URL": service.url,
            "OPENAI_MODEL": "gpt-4.1",
        }
        chosen = ["--model", "gpt-4.1", "--price-in", "2", "--price-out", "8"]
        assert main(chosen, environment) == 0
        models = {request.body["model"] for request in service.requests}
    printed = capsys.readouterr()
    assert models == {"gpt-4.1"}
    assert "questions to gpt-4.1 at http://127.0.0.1" in printed.err
    assert "Calibration of gpt-4.1" in printed.out


def test_without_a_key_nothing_but_this_machine_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    environment = {"OPENAI_MODEL": "gpt-4.1"}
    assert main(["--model", "gpt-4.1"], environment) == 2
    assert "there is no such model" in capsys.readouterr().err
