"""docs/openapi.yaml against the code that answers, and the API Gateway that passes it on."""

import re
from typing import Any

import pytest
import schemathesis
import yaml
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from functions.approval_api import handler as approval_api
from functions.approval_api import pages as approval_pages
from functions.approval_api.form import DECISIONS
from functions.approval_api.opening import LINK_ID
from functions.console import handler as console
from functions.console import pages as console_pages
from functions.console.static_files import names
from qlik_monitor.adapters.posted_form import MAX_BODY
from qlik_monitor.domain.approval import MAX_COMMENT
from qlik_monitor.domain.console_query import KINDS, MOST_BYTES, MOST_PAGES, MOST_TEXT, SPANS
from qlik_monitor.domain.console_session import LINK_SECRET
from qlik_monitor.domain.form_nonce import NONCE
from tests.contract.docs.markdown import ROOT, read, rows

FILE = "docs/openapi.yaml"
OPENAPI: dict[str, Any] = yaml.safe_load(read(FILE))
METHODS = ("get", "head", "post")
OPERATIONS = {
    (path, method): item[method]
    for path, item in OPENAPI["paths"].items()
    for method in METHODS
    if method in item
}
OF_THE_GATEWAY = {"413", "429", "500", "502", "5XX"}
"""What API Gateway answers by itself."""
ON_EVERY_PAGE = {
    "Cache-Control",
    "Content-Security-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
}
RESPONSES = OPENAPI["components"]["responses"]


def routes(app: APIGatewayRestResolver) -> set[tuple[str, str]]:
    """Return path and method of all that a handler routes; names of parameters are its own."""
    found = [*app._static_routes, *app._dynamic_routes]
    return {(re.sub("<[^>]+>", "{}", route.path), route.method.lower()) for route in found}


def passed_on() -> set[str]:
    """Return the paths of api.tf's resources that have methods."""
    text = read("terraform/api.tf")
    block = r'resource "aws_api_gateway_resource" "(\w+)" \{(.*?)^\}'
    made = dict(re.findall(block, text, re.DOTALL | re.MULTILINE))
    used = re.findall(r"= aws_api_gateway_resource\.(\w+)\.id$", text, re.MULTILINE)
    parents = [_parent(body) for body in made.values()]
    # A resource is named once as each child's parent, and once more if it has methods.
    return {_path(name, made) for name in made if used.count(name) > parents.count(name)}


def _path(name: str, made: dict[str, str]) -> str:
    part = re.search(r'path_part +=\s+"(.+)"', made[name])
    assert part, name
    parent = _parent(made[name])
    return f"{_path(parent, made) if parent else ''}/{part[1]}"


def _parent(body: str) -> str:
    found = re.search(r"parent_id +=\s+aws_api_gateway_resource\.(\w+)\.id", body)
    return found[1] if found else ""


def parameter(path: str, name: str) -> dict[str, Any]:
    """Return the schema of a path's parameter."""
    for one in OPENAPI["paths"][path]["parameters"]:
        known = resolved(one)
        if known["name"] == name:
            return resolved(known["schema"])
    raise AssertionError(f"{path} has no parameter {name}")


def resolved(one: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the file."""
    found: Any = OPENAPI
    if "$ref" not in one:
        return one
    for part in one["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def statuses(start: str) -> set[str]:
    """Return the statuses of all operations below a path that handlers answer with."""
    found = {
        str(status)
        for (path, _), operation in OPERATIONS.items()
        if path.startswith(start)
        for status in operation["responses"]
    }
    return found - OF_THE_GATEWAY


def test_the_file_is_valid() -> None:
    schemathesis.openapi.from_path(ROOT / FILE, config=schemathesis.Config()).validate()


def test_every_reference_leads_somewhere_and_every_shared_part_is_used() -> None:
    named = set(re.findall(r'\$ref: "#/([\w/-]+)"', read(FILE)))
    shared = {
        f"components/{kind}/{name}"
        for kind, parts in OPENAPI["components"].items()
        for name in parts
        if kind != "securitySchemes"
    }
    assert named == shared


def test_paths_and_methods_are_those_that_the_handlers_route() -> None:
    described = {(re.sub(r"\{[^}]+\}", "{}", path), method) for path, method in OPERATIONS}
    assert described == routes(approval_api.app) | routes(console.app)


def test_api_gateway_passes_on_every_path_and_method_and_no_other() -> None:
    patterns = {
        path: re.sub(r"\{\w+\}", "[^/]+", re.sub(r"\{\w+\+\}", ".+", path)) for path in passed_on()
    }
    assert len(patterns) > 2
    reached = {
        path: [tf for tf, pattern in patterns.items() if re.fullmatch(pattern, path)]
        for path, _ in OPERATIONS
    }
    assert {path for path, found in reached.items() if not found} == set()
    assert {one for found in reached.values() for one in found} == set(patterns)
    methods = re.search(r"api_methods = toset\(\[(.+)\]\)", read("terraform/api.tf"))
    assert methods
    assert {one.lower() for one in re.findall(r'"(\w+)"', methods[1])} == set(METHODS)


def test_the_stage_is_that_of_terraform() -> None:
    stage = re.search(r'api_stage += "(\w+)"', read("terraform/api.tf"))
    assert stage
    assert {server["variables"]["stage"]["default"] for server in OPENAPI["servers"]} == {stage[1]}


def test_head_answers_as_get_does() -> None:
    without = [
        path for path, item in OPENAPI["paths"].items() if "get" in item and "head" not in item
    ]
    assert without == ["/console/oidc/begin", "/console/oidc/callback"]
    for path, item in OPENAPI["paths"].items():
        if "head" in item:
            assert item["head"]["responses"] == item["get"]["responses"], path
            assert item["head"]["security"] == item["get"]["security"], path


def test_every_operation_has_a_name_of_its_own() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("heading", "start"),
    [("Approval page", "/approvals"), ("Webhook", "/webhook"), ("Console pages", "/console")],
)
def test_statuses_are_those_of_the_api_reference(heading: str, start: str) -> None:
    section = read("docs/API.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    told = {one for row in rows(section) for one in re.findall(r"\b[2-5]\d\d\b", row[0])}
    assert len(told) > 4
    assert told - OF_THE_GATEWAY == statuses(start)


@pytest.mark.parametrize(
    ("path", "name", "of_code"),
    [
        ("/approvals/{id}", "id", LINK_ID),
        ("/console/sign-in/{secret}", "secret", LINK_SECRET),
    ],
)
def test_an_id_has_the_form_that_the_code_takes(
    path: str, name: str, of_code: re.Pattern[str]
) -> None:
    assert parameter(path, name)["pattern"] == f"^{of_code.pattern}$"


def test_every_static_file_has_a_name_of_the_described_form() -> None:
    pattern = parameter("/console/static/{name}", "name")["pattern"]
    assert [name for name in names().values() if not re.fullmatch(pattern, name)] == []


def test_limits_and_choices_are_those_of_the_code() -> None:
    assert parameter("/console", "state")["enum"] == ["", *KINDS]
    for path in ("/console", "/console/incidents"):
        assert parameter(path, "page")["anyOf"][0]["maximum"] == MOST_PAGES
    assert parameter("/console", "q")["maxLength"] == MOST_TEXT
    assert parameter("/console/task", "task")["maxLength"] == MOST_TEXT
    assert f"{MOST_BYTES:,} bytes" in parameter("/console/task", "task")["description"]
    assert parameter("/console/task", "span")["enum"] == list(SPANS)


def test_the_form_is_that_of_the_code() -> None:
    body = OPENAPI["paths"]["/approvals/{id}"]["post"]["requestBody"]
    assert f"{MAX_BODY:,} characters" in body["description"]
    [(kind, content)] = body["content"].items()
    assert kind == "application/x-www-form-urlencoded"
    fields = resolved(content["schema"])["properties"]
    assert fields["decision"]["enum"] == list(DECISIONS)
    assert fields["comment"]["maxLength"] == MAX_COMMENT
    assert fields["nonce"]["pattern"].replace("[.]", r"\.") == f"^{NONCE.pattern}$".translate(
        str.maketrans("", "", "()")
    ).replace(r"\d", "[0-9]")


def test_every_answer_of_a_handler_names_the_headers_that_keep_it_private() -> None:
    sent = (
        approval_pages.headers()
        | console_pages.PRIVATE
        | dict.fromkeys(("Location", "Set-Cookie", "Content-Disposition"), "")
    )
    answers = {
        name: set(one["headers"])
        for name, one in RESPONSES.items()
        if "application/json" not in one["content"]
    }
    assert len(answers) > 10
    for name, headers in answers.items():
        assert headers >= ON_EVERY_PAGE, name
        assert headers <= set(sent), name
    assert answers["ApprovalPage"] == set(approval_pages.headers())
    assert answers["ConsolePage"] == set(console_pages.PRIVATE)


def test_the_session_s_cookie_is_the_console_s_own() -> None:
    name = OPENAPI["components"]["securitySchemes"]["session"]["name"]
    sessions = read("layers/qlik_monitor/python/qlik_monitor/adapters/console_sessions.py")
    assert name.startswith("__Host-")
    assert 'return f"__Host-{name}" if is_secure(own_address)' in sessions
    assert f'= "{name.removeprefix("__Host-")}"' in sessions
