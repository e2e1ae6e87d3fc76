"""Scenarios from files, and what is said about a wrong one."""

from pathlib import Path

import pytest

from local.mock_openai import MockOpenAI, ScenarioError, load
from local.mock_openai.scenario import Outcome
from tests.contract.mock_openai.asking import ClientFactory, ask

SCENARIOS = Path(__file__).parents[3] / "local" / "mock_openai" / "scenarios"


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_committed_scenario_loads(path: Path) -> None:
    assert load(path).latency_seconds > 0


def test_a_scenario_sets_key_models_rules_and_default(
    tmp_path: Path, client_of: ClientFactory
) -> None:
    text = """
    api_key: sk-other
    models: [gpt-own, {id: gpt-old, json_schema: false}]
    answers:
      - {when: {contains: east}, refusal: not east}
    default: {refusal: not at all}
    """
    with MockOpenAI(load(written(tmp_path, text))) as mock:
        client = client_of(mock)

        refusals = [
            ask(client, text, model="gpt-own").choices[0].message.refusal
            for text in ("east", "west")
        ]
        names = [model.id for model in client.models.list()]

    assert mock.api_key == "sk-other"
    assert refusals == ["not east", "not at all"]
    assert names == ["gpt-own", "gpt-old"]


def test_an_empty_file_is_the_default_scenario(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")).api_key.startswith("sk-mock")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("answers: [{fault: flood}]", "answers[0].fault: 'flood': Input should be 'rate_limit',"),
        ("answers: [{when: {has: x}}]", "answers[0].when.has: 'x': Extra inputs are not permitted"),
        ("answers: [{when: {has: x}}]", "allowed fields: contains, regex"),
        ("answers: [{when: {regex: '('}}]", "answers[0].when.regex: '(': "),
        ("key: x", "allowed fields: api_key, models, latency_seconds, answers, default"),
        ("latency_seconds: -1", "latency_seconds: -1: Input should be greater than or equal to 0"),
        ("models: [{name: x}]", "allowed fields: id, json_schema, reasoning"),
        ("default: {times: 1}", "allowed fields: answer, text, refusal, fault, retry_after"),
        ("answers: [{times: 0}]", "answers[0].times: 0: "),
        ("[1, 2]", "scenario: [1, 2]: "),
        ("a: [", "while parsing"),
    ],
)
def test_a_wrong_scenario_names_file_field_value_and_choices(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = written(tmp_path, text)

    with pytest.raises(ScenarioError) as caught:
        load(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert complaint in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.yaml"):
        load(tmp_path / "nowhere.yaml")


def test_a_function_answers_where_no_rule_does(client_of: ClientFactory) -> None:
    asked: list[str] = []

    def answering(text: str) -> Outcome:
        asked.append(text)
        return Outcome(refusal=f"not {text}")

    with MockOpenAI(answering=answering) as mock:
        mock.script({"when": {"contains": "east"}, "refusal": "ruled"})
        client = client_of(mock)
        refusals = [ask(client, text).choices[0].message.refusal for text in ("east", "west")]

    assert refusals == ["ruled", "not west"]
    assert asked == ["west"]
