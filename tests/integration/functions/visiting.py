"""A visitor's browser at the console: requests as API Gateway sends them, and a cookie jar."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from functions.console.handler import handler
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.console_session import Role, new_sign_in
from tests.fakes.aws import FakeStack
from tests.fakes.running import run

EVENTS = Path(__file__).resolve().parents[3] / "events" / "console"
SECRET = "secret-of-the-link-of-32-letters"


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    html: str
    headers: dict[str, str]
    cookies: tuple[str, ...] = ()
    """Every cookie that was set or taken away, with its attributes."""


@dataclass
class Visitor:
    """Asks for pages; keeps cookies as a browser would."""

    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, method: str = "GET") -> Page:
        """Open an address below `/`, with its query."""
        return self._ask(method, address)

    def post(self, address: str, **headers: str) -> Page:
        """Send an empty form."""
        return self._ask("POST", address, **{n.replace("_", "-"): v for n, v in headers.items()})

    def send(self, address: str, fields: Mapping[str, str] | str, **headers: str) -> Page:
        """Send a form, encoded as a browser does it, or a body as it is."""
        body = fields if isinstance(fields, str) else urlencode(fields)
        named = {n.replace("_", "-"): v for n, v in headers.items()}
        return self._ask("POST", address, body, **named)

    def follow(self, page: str, link: str) -> Page:
        """Open a link of a page, as a browser resolves it."""
        return self.get(urljoin(f"https://api.example{page}", link.replace("&amp;", "&")))

    def _ask(self, method: str, address: str, body: str | None = None, **more: str) -> Page:
        parts = urlsplit(address)
        query = parse_qs(parts.query, keep_blank_values=True)
        headers = self.headers | more | ({"Cookie": self.cookie} if self.cookie else {})
        event: dict[str, Any] = json.loads((EVENTS / "fleet.json").read_text())
        event |= {
            "httpMethod": method,
            "body": body,
            "path": parts.path,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {n: values[-1] for n, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
        }
        return self._sent(event)

    def get_with_nulls(self, address: str, *names: str) -> Page:
        """Open an address by an event whose query holds null for these names."""
        event: dict[str, Any] = json.loads((EVENTS / "fleet.json").read_text())
        headers = {"Cookie": self.cookie}
        return self._sent(
            event
            | {
                "path": address,
                "headers": headers,
                "multiValueHeaders": {name: [value] for name, value in headers.items()},
                "queryStringParameters": dict.fromkeys(names),
                "multiValueQueryStringParameters": {name: [None] for name in names},
            }
        )

    def _sent(self, event: dict[str, Any]) -> Page:
        answer = run(handler, event)
        found = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        cookies = tuple(answer["multiValueHeaders"].get("Set-Cookie", ()))
        self._keep(cookies)
        return Page(answer["statusCode"], answer["body"] or "", found, cookies)

    def _keep(self, cookies: tuple[str, ...]) -> None:
        for cookie in cookies:
            pair, _, attributes = cookie.partition("; ")
            name = pair.partition("=")[0]
            kept = [
                one for one in self.cookie.split("; ") if one and not one.startswith(f"{name}=")
            ]
            gone = "Max-Age=0" in attributes.split("; ")
            self.cookie = "; ".join(kept if gone else [*kept, pair])


def nonce_of(page: Page) -> str:
    """Return the nonce of a page's form; a page without one has none."""
    [nonce] = re.findall(r'name="nonce" value="([^"]+)"', page.html) or [""]
    return str(nonce)


def mint(
    stack: FakeStack, role: Role = Role.VIEWER, secret: str = SECRET, name: str = "Ada"
) -> str:
    """Mint a link; return the address that it leads to."""
    DynamoDbSignIns(stack.table).mint(new_sign_in(secret, role, name, utc_now()))
    return f"/console/sign-in/{secret}"


def signed_in(
    stack: FakeStack, role: Role = Role.VIEWER, secret: str = SECRET, name: str = "Ada"
) -> Visitor:
    """Return somebody who signed in."""
    visitor = Visitor()
    assert visitor.post(mint(stack, role, secret, name)).status == 303
    return visitor
