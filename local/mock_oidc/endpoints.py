"""What a provider answers: its description, the login form, tokens and keys."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import html
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web

from local.mock_oidc.state import STATE, Fault, Grant, MockState
from local.mock_oidc.tokens import id_token

HANG_SECONDS = 3600.0
ELSEWHERE = "http://provider.example"
REQUESTED = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


def routes() -> list[web.RouteDef]:
    """Every endpoint."""
    return [
        web.get("/.well-known/openid-configuration", _describe),
        web.get("/authorize", _ask),
        web.post("/authorize", _log_in),
        web.post("/token", _give_tokens),
        web.get("/jwks", _publish_keys),
    ]


async def _describe(request: web.Request) -> web.Response:
    state = request.app[STATE]
    described = {
        "issuer": state.issuer,
        "authorization_endpoint": f"{state.issuer}/authorize",
        "token_endpoint": f"{state.issuer}/token",
        "jwks_uri": f"{state.issuer}/jwks",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(state.client.methods),
    }
    if state.fault is Fault.FOREIGN_DESCRIPTION:
        described["issuer"] = "https://issuer.example"
    if state.fault is Fault.PLAIN_DESCRIPTION:
        described["token_endpoint"] = f"{ELSEWHERE}/token"
    return web.json_response(described)


async def _publish_keys(request: web.Request) -> web.Response:
    keys = [key.as_dict(private=False) for key in request.app[STATE].keys]
    return web.json_response({"keys": keys})


async def _ask(request: web.Request) -> web.Response:
    return _refused(request.app[STATE], request.query) or _form(request.query)


async def _log_in(request: web.Request) -> web.Response:
    state = request.app[STATE]
    sent = {name: str(value) for name, value in (await request.post()).items()}
    if refused := _refused(state, sent):
        return refused
    if "deny" in sent:
        return _back(sent, error="access_denied", error_description="<b>You said no.</b>")
    user = next((user for user in state.users if user.login == sent.get("user")), None)
    if user is None:
        return _form(sent, "There is no such user.", 401)
    challenge, nonce = sent["code_challenge"], sent.get("nonce", "")
    return _back(sent, code=state.grant(user, sent["redirect_uri"], challenge, nonce))


def _refused(state: MockState, sent: Mapping[str, str]) -> web.Response | None:
    """Refuse a wrong request: in place where it names no address of the client's, else there."""
    if sent.get("client_id") != state.client.client_id:
        return web.Response(status=400, text="unknown client")
    if not state.client.may_return_to(sent.get("redirect_uri", "")):
        return web.Response(status=400, text="the redirect URI is not registered")
    if sent.get("response_type") != "code":
        return _back(sent, error="unsupported_response_type")
    if "openid" not in sent.get("scope", "").split():
        return _back(sent, error="invalid_scope")
    if sent.get("code_challenge_method") != "S256" or len(sent.get("code_challenge", "")) != 43:
        return _back(sent, error="invalid_request")
    return None


def _back(sent: Mapping[str, str], **answer: str) -> web.Response:
    address = sent["redirect_uri"]
    query = urlencode(answer | ({"state": sent["state"]} if "state" in sent else {}))
    return web.Response(status=302, headers={"Location": f"{address}?{query}"})


def _form(sent: Mapping[str, str], problem: str = "", status: int = 200) -> web.Response:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(sent[name])}">\n'
        for name in REQUESTED
        if name in sent
    )
    page = (
        '<!doctype html><html lang="en"><title>Mock provider</title><h1>Who are you?</h1>\n'
        f'<p role="alert">{html.escape(problem)}</p>\n'
        f'<form method="post" action="authorize">\n{hidden}'
        '<label>User name <input name="user" autofocus></label>\n<button>Log in</button>\n'
        '<button name="deny" value="1">Refuse</button>\n</form></html>\n'
    )
    return web.Response(text=page, content_type="text/html", status=status)


async def _give_tokens(request: web.Request) -> web.Response:
    state = request.app[STATE]
    sent = {name: str(value) for name, value in (await request.post()).items()}
    if spoilt := await _fail(state):
        return spoilt
    if not _is_the_client(state, request.headers.get("Authorization", ""), sent):
        return _error("invalid_client", 401)
    if sent.get("grant_type") != "authorization_code":
        return _error("unsupported_grant_type")
    grant = state.redeem(sent.get("code", ""))
    if grant is None or not _fits(grant, sent):
        return _error("invalid_grant")
    return web.json_response(_tokens(state, grant), headers={"Cache-Control": "no-store"})


async def _fail(state: MockState) -> web.Response | None:
    match state.fault:
        case Fault.SLOW:
            await asyncio.sleep(HANG_SECONDS)
        case Fault.SERVER_ERROR:
            return web.Response(status=500, text="<h1>Internal error</h1>")
        case Fault.NOT_JSON:
            return web.Response(text="<h1>Welcome</h1>", content_type="text/html")
        case Fault.REDIRECT:
            return web.Response(status=307, headers={"Location": f"{state.issuer}/elsewhere"})
    return None


def _is_the_client(state: MockState, authorization: str, sent: Mapping[str, str]) -> bool:
    client = state.client
    kind, _, encoded = authorization.partition(" ")
    if kind == "Basic":
        method, pair = "client_secret_basic", _basic(encoded)
    else:
        method = "client_secret_post" if "client_secret" in sent else "none"
        pair = (sent.get("client_id", ""), sent.get("client_secret", ""))
    known = hmac.compare_digest(pair[1].encode(), client.secret.encode())
    return method in client.methods and pair[0] == client.client_id and known


def _basic(encoded: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return unquote(name), unquote(secret)


def _fits(grant: Grant, sent: Mapping[str, str]) -> bool:
    digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return grant.redirect_uri == sent.get("redirect_uri") and grant.challenge == challenge


def _tokens(state: MockState, grant: Grant) -> dict[str, Any]:
    access_token = secrets.token_urlsafe(24)
    answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300}
    state.tokens.append(access_token)
    if state.fault is Fault.NO_ID_TOKEN:
        return answer
    made = id_token(state, grant, access_token)
    state.tokens.append(made)
    return answer | {"id_token": made}


def _error(code: str, status: int = 400) -> web.Response:
    text = 'It is said so with "quotes" and <b>tags</b>.'
    return web.json_response({"error": code, "error_description": text}, status=status)
