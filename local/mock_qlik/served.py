"""Counts the answers that held certain texts: who looks for traces of one must know it was sent."""

from collections import Counter
from collections.abc import Iterable

from aiohttp import web


class Served:
    """What was sent of the texts that are watched for."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._watched: tuple[str, ...] = ()

    def watch(self, texts: Iterable[str]) -> None:
        """Look for these from now on; ASCII without quotes, for JSON writes others differently."""
        self._watched = tuple(texts)

    def note(self, response: web.StreamResponse) -> None:
        """Look through one answer."""
        body = response.body if isinstance(response, web.Response) else None
        if isinstance(body, bytes):
            self._counts.update(text for text in self._watched if text.encode() in body)

    def times(self, text: str) -> int:
        """Tell how many answers held a text since it was watched for."""
        return self._counts[text]
