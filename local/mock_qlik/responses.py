"""How both APIs write a response: compact JSON, and the headers that the vendor's server sends."""

import json
from urllib.parse import unquote

from aiohttp import web

JSON = "application/json; charset=utf-8"
_HEADERS = {"Cache-Control": "no-cache, no-store", "Server": "Microsoft-HTTPAPI/2.0"}


def answered(body: object, status: int = 200) -> web.Response:
    """Answer with a JSON body."""
    text = json.dumps(body, separators=(",", ":"))
    return web.Response(
        status=status, body=text.encode(), headers={**_HEADERS, "Content-Type": JSON}
    )


def empty(status: int = 200, **headers: str) -> web.Response:
    """Answer without a body."""
    return web.Response(
        status=status, body=b"", headers={**_HEADERS, "Content-Type": "text/html", **headers}
    )


def decoded(part: str) -> str:
    """Decode a part of a path twice, for the vendor's client encodes names twice."""
    return unquote(unquote(part))


def parts_of(raw_path: str) -> list[str]:
    """Split a raw path into its decoded parts; a slash at the end does not count."""
    return [decoded(part) for part in raw_path.strip("/").split("/")]
