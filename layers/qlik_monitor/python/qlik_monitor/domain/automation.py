"""Automation: the one switch by which people stop the agent at once, and let it go on."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from qlik_monitor.domain.limits import PAUSE, LimitReading, clock
from qlik_monitor.domain.model import Frozen

MAX_WORDS = 200


class Automation(Frozen):
    """Whether the agent may act, who said so last, when and why."""

    paused: bool = False
    by: Annotated[str, Field(max_length=MAX_WORDS)] = ""
    reason: Annotated[str, Field(max_length=MAX_WORDS)] = ""
    at: datetime | None = None
    """None when nobody ever paused it."""

    def read(self) -> LimitReading:
        """Consult it as a limit: of a paused agent no restart is allowed."""
        reading = LimitReading(name=PAUSE, used=int(self.paused), allowed=0)
        if not self.paused:
            return reading
        since = f" since {clock(self.at)}" if self.at else ""
        why = f": {self.reason}" if self.reason else ""
        because = f"automation is paused{since} by {self.by or 'somebody'}{why}"
        return reading.model_copy(update={"refuses": because})
