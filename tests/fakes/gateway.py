"""API Gateway's side of the web front, as a WSGI application: requests become proxy events.

It does what the REST API of terraform/api.tf does, and not what other doors of Lambda do:

- `path` comes as it was sent, percent-encoded, without the stage; the query comes decoded. (REST
  APIs leave the path encoded, HTTP APIs decode it: measured events in hotsock/voker#8.)
- What is empty is null: `queryStringParameters`, `headers` and `body` too.
- Of what is sent twice, the single-valued maps hold the last; the multi-valued ones hold all.
- The API names no binary media types, so every body is text, both ways, and never base64:
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
- What no method is defined for is refused with 403; what fails is 502, and its error is not told.
- The answer to HEAD loses its body.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from tests.fakes.running import Handler, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STAGE = "v1"
METHODS = ("GET", "HEAD", "POST")
Headers = list[tuple[str, str]]


class Gateway:
    """Hands requests to handlers by the pattern of their path, such as `/console/{proxy+}`."""

    def __init__(self, resources: Mapping[str, Handler], stage: str = STAGE) -> None:
        """Serve these resources, below the stage's name."""
        self._stage = stage
        self._routes = [
            (re.compile(_pattern(path)), path, handler) for path, handler in resources.items()
        ]
        self.failures: list[Exception] = []
        """What handlers raised, which nobody outside is told."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        status, headers, body = self._answer(environ)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body.encode()]

    def _answer(self, environ: "WSGIEnvironment") -> tuple[int, Headers, str]:
        path = _sent_path(environ).removeprefix(f"/{self._stage}")
        for pattern, resource, handler in self._routes:
            if pattern.fullmatch(path) and environ["REQUEST_METHOD"] in METHODS:
                return self._called(handler, self._event(environ, path, resource))
        return _own(403, "Missing Authentication Token")

    def _called(self, handler: Handler, event: dict[str, Any]) -> tuple[int, Headers, str]:
        # Lambda catches everything, too.
        try:
            answer = run(handler, event)
        except Exception as error:
            self.failures.append(error)
            return _own(502, "Internal server error")
        many: Mapping[str, Sequence[str]] = answer.get("multiValueHeaders") or {}
        one: Mapping[str, str] = answer.get("headers") or {}
        headers = [*((n, v) for n, values in many.items() for v in values), *one.items()]
        return int(answer["statusCode"]), headers, answer.get("body") or ""

    def _event(self, environ: "WSGIEnvironment", path: str, resource: str) -> dict[str, Any]:
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, errors="replace")
        headers = _headers(environ)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        return {
            "resource": resource,
            "path": path,
            "httpMethod": environ["REQUEST_METHOD"],
            "headers": dict(headers) or None,
            "multiValueHeaders": _many(headers),
            "queryStringParameters": dict(query) or None,
            "multiValueQueryStringParameters": _many(query),
            "stageVariables": None,
            "requestContext": {
                "httpMethod": environ["REQUEST_METHOD"],
                "identity": {"sourceIp": "192.0.2.1", "userAgent": dict(headers).get("User-Agent")},
                "path": f"/{self._stage}{path}",
                "protocol": "HTTP/1.1",
                "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
                "resourcePath": resource,
                "stage": self._stage,
            },
            "body": body.decode("utf-8", "replace") or None,
            "isBase64Encoded": False,
        }


def _pattern(resource: str) -> str:
    greedy = re.sub(r"\{\w+\+\}", ".+", resource)
    return re.sub(r"\{\w+\}", "[^/]+", greedy) + "/?"


def _sent_path(environ: "WSGIEnvironment") -> str:
    """Return the path as it was sent; WSGI itself keeps it only decoded."""
    if "REQUEST_URI" in environ:
        return urlsplit(environ["REQUEST_URI"]).path
    return quote(environ["PATH_INFO"].encode("latin-1"))


def _headers(environ: "WSGIEnvironment") -> Headers:
    named = {"CONTENT_TYPE": "Content-Type", "CONTENT_LENGTH": "Content-Length"}
    named |= {
        name: name.removeprefix("HTTP_").replace("_", "-").title()
        for name in environ
        if name.startswith("HTTP_")
    }
    # Of these two alone WSGI may say "" when a request has none.
    return [
        (known, environ[name])
        for name, known in named.items()
        if environ.get(name) or name.startswith("HTTP_")
    ]


def _many(pairs: Headers) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found or None


def _own(status: int, message: str) -> tuple[int, Headers, str]:
    return status, [("Content-Type", "application/json")], json.dumps({"message": message})
