"""A mock OpenAI server: the HTTP API as the `openai` client uses it, with scripted answers."""

from local.mock_openai.scenario import Rule, Scenario, ScenarioError, load
from local.mock_openai.server import MockOpenAI
from local.mock_openai.state import LoggedRequest

__all__ = ["LoggedRequest", "MockOpenAI", "Rule", "Scenario", "ScenarioError", "load"]
