"""The readings for machines: one JSON object, in ASCII, so that no text can deceive a terminal."""

import json
from dataclasses import asdict

from local.history.story import Story


def as_json(story: Story) -> str:
    """Write every reading; unknown numbers are null, times are in UTC."""
    document = {
        "task": str(story.task),
        "since": story.since,
        "until": story.until,
        "points": [asdict(point) for point in story.points],
        "gaps": [{"after": begin, "until": end} for begin, end in story.gaps],
        "restarts": [
            restart.model_dump(
                mode="json", include={"requested_at", "action", "attempt", "outcome", "incident_id"}
            )
            for restart in story.restarts
        ],
        "unusual": [{"at": point.at, "score": round(score, 3)} for point, score in story.unusual],
        "unreadable": story.unreadable,
    }
    return json.dumps(document, indent=1, default=lambda moment: moment.isoformat())
