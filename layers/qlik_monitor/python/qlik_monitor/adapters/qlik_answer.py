"""One HTTP answer of Qlik's, before anything is known of its meaning."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_RETRY_AFTER_SECONDS = 5.0
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
# A byte order mark may stand before it.
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")


@dataclass(frozen=True)
class Answer:
    """What came back: a status, headers (names in lower case) and the body's bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Tell whether the status says success."""
        return 200 <= self.status < 300

    @property
    def is_web_page(self) -> bool:
        """Tell whether the body is HTML, whatever its header calls it."""
        return bool(_MARKUP.match(self.body))

    def document(self) -> object:
        """Return the body's JSON; raises ValueError for anything else."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error

    @property
    def passing(self) -> bool:
        """Tell whether the same request may succeed in a moment."""
        return self.status == TOO_MANY_REQUESTS or self.status >= SERVER_ERROR

    @property
    def retry_after(self) -> float:
        """The seconds that Qlik asks for, bounded; a date is not worth parsing for 5 s."""
        seconds = self.headers.get("retry-after", "").strip()
        if not (seconds.isascii() and seconds.isdigit()):
            return 0.0
        return min(float(seconds), LONGEST_RETRY_AFTER_SECONDS)
