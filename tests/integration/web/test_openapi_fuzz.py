"""Whatever is sent to the web front is answered as docs/openapi.yaml says, and never by a failure.

`make fuzz` sends more, and other things each time. Schemathesis makes the requests: examples, what
lies at and beyond each limit of the file, and anything else. A failure prints the request as curl.
"""

from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, CheckFunction
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection

from tests.integration.web.conftest import Web
from tests.integration.web.profiles import config

OPENAPI = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
TOLD_BY_FAILURES = ("Traceback", "Internal server error", "botocore", "Exception", 'File "/')
FORM = ("nonce", "seen", "code")
ADDRESS = (ParameterLocation.PATH, ParameterLocation.QUERY)
PUT_BACK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
"""What the fixture holds is put back before each request."""
strangers = schemathesis.openapi.from_path(OPENAPI, config=config(signed_in=False))
signed_in = schemathesis.openapi.from_path(OPENAPI, config=config(signed_in=True))


@strangers.parametrize()
@PUT_BACK
def test_a_stranger_is_answered_as_documented(case: Case[Any], web: Web) -> None:
    answered_as_documented(case, web)


@signed_in.parametrize()
@PUT_BACK
def test_a_visitor_is_answered_as_documented(case: Case[Any], web: Web) -> None:
    answered_as_documented(case, web, cookies=dict([web.known.cookie]))


@signed_in.parametrize()
@PUT_BACK
def test_who_knows_ids_and_links_is_answered_as_documented(case: Case[Any], web: Web) -> None:
    # What was wrong with the address no longer is, once a genuine one stands in its place.
    mended = any(case.meta and case.meta.is_negative_at(place) for place in ADDRESS)
    inform(case, web)
    excluded = [negative_data_rejection] if mended else []
    answered_as_documented(case, web, excluded, cookies=dict([web.known.cookie]))


def answered_as_documented(
    case: Case[Any], web: Web, excluded: Sequence[CheckFunction] = (), **sent: Any
) -> None:
    """Send a request, and hold the answer and what it left behind against what is promised."""
    web.begin_anew()
    response = case.call(app=web.gateway, **sent)
    assert web.gateway.failures == []
    assert [word for word in TOLD_BY_FAILURES if word in unescape(response.text)] == []
    assert case.method == "POST" or web.stack.dump() == web.began
    case.validate_response(
        response,
        excluded_checks=list(excluded),
        transport_kwargs={"app": web.gateway, **sent},
    )


def inform(case: Case[Any], web: Web) -> None:
    """Let a request name what is there: the approval with its link, the incident, the task."""
    for name in case.path_parameters:
        case.path_parameters[name] = web.known.path[name]
    if case.path == "/approvals/{id}":
        case.query |= web.known.link
        _fill_in(case, web)
    if case.path == "/console/task":
        case.query |= web.known.task


def _fill_in(case: Case[Any], web: Web) -> None:
    """Put what the page shows into a form that is right otherwise."""
    wrong = case.meta is None or case.meta.is_negative_at(ParameterLocation.BODY)
    if case.method == "POST" and isinstance(case.body, dict) and not wrong:
        case.body |= {name: web.known.form[name] for name in FORM}
