"""How a command of this machine ended."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """All of standard output, which must be one JSON object."""
        answer: dict[str, Any] = json.loads(self.out)
        return answer
