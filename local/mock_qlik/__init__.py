"""A mock Qlik server: Enterprise Manager's REST API and Qlik Cloud's, over a simulated fleet."""

from local.mock_qlik.scenario import Scenario
from local.mock_qlik.scenario_file import ScenarioInvalid, load_scenario, parse_scenario
from local.mock_qlik.server import MockQlik

__all__ = ["MockQlik", "Scenario", "ScenarioInvalid", "load_scenario", "parse_scenario"]
