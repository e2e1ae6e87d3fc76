"""The webhook: answers from a chat tool, which signs what it sends as Slack does.

    signature ──▶ who, by their chat id ──▶ which question ──▶ the approval desk ──▶ reply

Nothing is looked up before the signature holds. Slack has its reply by the address that its request
names, any other tool in the answer of the request.
"""

import base64
import binascii
import json

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.approval_api.chat_answering import answered
from qlik_monitor.adapters import chat_channel
from qlik_monitor.adapters.chat_access import ChatAccess, chat_access
from qlik_monitor.adapters.faults import FAULTS, described
from qlik_monitor.adapters.same_site import headers_of
from qlik_monitor.composition import settings, utc_now
from qlik_monitor.domain.audit import MAX_ADDRESS
from qlik_monitor.domain.chat_answer import ChatAnswer, read_answer
from qlik_monitor.domain.chat_reply import Reply
from qlik_monitor.domain.chat_signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, not_genuine
from qlik_monitor.errors import ConfigurationError, IncidentNotFound, Retryable
from qlik_monitor.observability import logger
from qlik_monitor.settings import ApprovalApiSettings

MAX_BODY = 65536
"""Bytes: Slack repeats the whole message in what it sends of a button."""
OFF = "Answers from chat are not set up here: see CHAT_SECRET_ARN in docs/CONFIGURATION.md"
BROKEN = (
    "A setting, or something that is stored, is not as it should be: whoever runs the agent has to "
    "mend it, and is alarmed. Until then sending this again changes nothing"
)
GONE = "The incident of this question is not kept any more, so there is nothing left to answer"
LATER = "This cannot be read or written just now: send it again in a minute, which is harmless"


def webhook(event: APIGatewayProxyEvent) -> Response[str]:
    """Take an answer from chat."""
    try:
        arn = settings(ApprovalApiSettings).chat_secret_arn
    except ConfigurationError as error:
        return _response(_failed(error))
    return _with_secret(arn, event)


def _with_secret(arn: str, event: APIGatewayProxyEvent) -> Response[str]:
    """Take an answer that this secret's other holder signed."""
    try:
        access = chat_access(arn)
    except ConfigurationError as error:
        return _response(_refused(Reply(status_code=403, text=OFF), str(error)))
    except Retryable as error:
        return _response(_failed(error))
    body = _raw_body(event)
    if body is None:
        return _response(_refused(Reply(status_code=400, text="the body is not base64")))
    if len(body) > MAX_BODY:
        text = f"the body has {len(body)} bytes; {MAX_BODY} are allowed"
        return _response(_refused(Reply(status_code=413, text=text)))
    if wrong := _not_genuine(event, access, body):
        return _response(_refused(Reply(status_code=401, text=wrong)))
    return _answer(event, access, body)


def _answer(event: APIGatewayProxyEvent, access: ChatAccess, body: bytes) -> Response[str]:
    """Act on a genuine request."""
    kinds = headers_of(event, "content-type")
    try:
        answer = read_answer(kinds[0] if len(kinds) == 1 else "", body)
    except ValueError as error:
        return _response(_refused(Reply(status_code=400, text=str(error))))
    address = event.request_context.identity.source_ip or ""
    broken = False
    try:
        reply = answered(answer, address[:MAX_ADDRESS])
    except IncidentNotFound:
        reply = Reply(status_code=404, text=GONE)
    except Retryable as error:
        reply = _failed(error)
    except FAULTS as error:
        reply, broken = _failed(error), True
    told = _told(access, answer, reply)
    # An alarm counts 5XX alone: whatever has to be mended is one for Slack as well.
    return _response(_refused(reply), told=told and not broken)


def _not_genuine(event: APIGatewayProxyEvent, access: ChatAccess, body: bytes) -> str | None:
    timestamps, signatures = (
        headers_of(event, name.lower()) for name in (TIMESTAMP_HEADER, SIGNATURE_HEADER)
    )
    return not_genuine(access.signing_secret, timestamps, signatures, body, utc_now())


def _raw_body(event: APIGatewayProxyEvent) -> bytes | None:
    """Return the body exactly as it was sent, or None where it cannot be read."""
    body = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None


def _told(access: ChatAccess, answer: ChatAnswer, reply: Reply) -> bool:
    """Tell Slack what came of a button; False where that has to stand in the answer itself."""
    if not answer.reply_to:
        return False
    if access.may_reply_to(answer.reply_to):
        problem = chat_channel.send(answer.reply_to, reply.as_slack())
    else:
        problem = "response_url leads to another host than the chat tool's"
    if problem:
        logger.warning("chat reply not sent", reason=problem)
    return problem is None


def _refused(reply: Reply, reason: str = "") -> Reply:
    """Log a refusal, and hand the reply on."""
    if reply.status_code not in (200, 503):
        told = reason or reply.text
        logger.warning("chat answer refused", status=reply.status_code, reason=told)
    return reply


def _failed(error: Exception) -> Reply:
    passing = isinstance(error, Retryable)
    reason = str(error) if passing else described(error)
    logger.error("chat answer failed", error=type(error).__name__, reason=reason)
    return Reply(status_code=503, text=LATER if passing else BROKEN)


def _response(reply: Reply, *, told: bool = False) -> Response[str]:
    # Slack shows a warning of its own for any other status, beside what it was told.
    return Response(
        status_code=200 if told else reply.status_code,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        body=json.dumps(reply.as_json()),
    )
