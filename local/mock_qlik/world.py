"""Everything that the server knows while it runs, and how it begins again."""

from typing import Any

from local.mock_qlik.clock import Clock
from local.mock_qlik.faults import FaultBook
from local.mock_qlik.fleet import Fleet
from local.mock_qlik.request_log import RequestLog
from local.mock_qlik.scenario import Scenario
from local.mock_qlik.sessions import Sessions


class World:
    """A scenario in motion."""

    def __init__(self, scenario: Scenario, speed: float | None = None) -> None:
        self.scenario = scenario
        self._speed = scenario.speed if speed is None else speed
        self.reset()

    def reset(self) -> None:
        """Begin the scenario again: time, tasks, sessions, faults and log."""
        self.clock = Clock(self._speed)
        self.fleet = Fleet(self.scenario)
        self.sessions = Sessions(self.scenario.session_seconds, self.clock.unscaled)
        self.faults = FaultBook(self.scenario.faults)
        self.log = RequestLog()

    def spell(self, **changes: Any) -> None:
        """Use other forms of what is disputed, from now on."""
        checked = type(self.scenario.spelling).model_validate(
            self.scenario.spelling.model_dump() | changes
        )
        self.scenario = self.scenario.model_copy(update={"spelling": checked})
