"""What Step Functions hands on of a failed step, as one sentence for people."""

import contextlib
import json
from collections.abc import Mapping

from qlik_monitor.domain.redaction import redact

MAX_LENGTH = 1000


def sentence_of(error: Mapping[str, object]) -> str:
    """Join the error's name and message; Lambda wraps the message in JSON, others do not."""
    cause = str(error.get("Cause", ""))
    with contextlib.suppress(ValueError, AttributeError):
        cause = str(json.loads(cause).get("errorMessage", cause))
    return redact(f"{error.get('Error', 'unknown')}: {cause}")[:MAX_LENGTH]
