"""What keeps an answer to a person from being made although AWS answers, until somebody mends it.

A setting or a secret that is misstated, and what another release has stored in another form. The
web front answers with 503, so that the alarm on the approval address tells a person.
"""

import traceback
from pathlib import Path

from pydantic import ValidationError

from qlik_monitor.errors import Permanent

FAULTS = (Permanent, ValueError)
"""What is stored in another form is a ValueError; pydantic's ValidationError is one, too."""


TOLD = (
    "A setting, or something that is stored, is not as this release of the agent expects it. "
    "Whoever runs the agent is alarmed."
)
"""What a page tells a person of it."""


def described(error: Exception) -> str:
    """Say what is wrong for a log line, without what was stored: libraries quote it."""
    if isinstance(error, Permanent):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"at {Path(place.filename).name}:{place.lineno}"
    if not isinstance(error, ValidationError):
        return where
    wrong = (f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors())
    return f"{error.title} {where}: {'; '.join(wrong)}"
