"""The same for machines: one JSON object."""

import json
from collections.abc import Sequence

from qlik_monitor.domain.explanation import Explanation
from qlik_monitor.domain.explanation_parts import fit
from qlik_monitor.domain.incident import Incident


def explanation_json(explained: Explanation) -> str:
    """Write an explanation."""
    return explained.model_dump_json(indent=1)


def open_json(incidents: Sequence[Incident]) -> str:
    """Write the list of open incidents, newest first."""
    listed = [
        {
            "incident_id": one.id,
            "subject": fit(str(one.subject)),
            "status": one.status.value,
            "severity": one.severity.value,
            "kinds": sorted(one.kinds),
            "opened_at": one.opened_at.isoformat(),
        }
        for one in incidents
    ]
    return json.dumps({"open": listed}, indent=1)
