"""What the documents say against what is there."""

import re
from pathlib import Path

import pytest

from qlik_monitor import settings
from qlik_monitor.domain.class_actions import SENSIBLE, STRICTEST_FIRST
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.notification import NotificationKind
from qlik_monitor.settings import Settings
from tests.contract.docs.markdown import (
    DOCUMENTS,
    ROOT,
    anchors,
    blocks,
    links,
    name_of,
    read,
    rows,
    spans,
)
from tests.contract.workflow import states

PROMISED = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE",
    ".env.example",
    "requirements.txt",
    "docs/ARCHITECTURE.md",
    "docs/DEPLOYMENT.md",
    "docs/CONFIGURATION.md",
    "docs/API.md",
    "docs/OPERATIONS.md",
]
FOLDERS = "docs|functions|layers|local|terraform|tests|events|benchmarks"
MADE = ("terraform/backend_override.tf", "terraform/prod.auto.tfvars")
"""Files that a reader is told to make."""

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)


def test_what_is_promised_is_there() -> None:
    assert [name for name in PROMISED if not (ROOT / name).is_file()] == []


@each_document
def test_a_link_leads_somewhere(path: Path) -> None:
    for link in links(path.read_text("utf-8")):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@each_document
def test_a_make_target_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", read("Makefile"), re.MULTILINE))
    code = "\n".join([*spans(text), *blocks(text)])
    named = set(re.findall(r"(?:^|[\s$])make (?:-s )?([a-z][a-z0-9-]*)", code, re.MULTILINE))
    assert named - targets == set()


@each_document
def test_a_path_is_one_of_the_project(path: Path) -> None:
    for span in spans(path.read_text("utf-8")):
        if re.fullmatch(rf"(?:{FOLDERS})(?:/[\w.<>*-]+)*/?", span) and "/" in span:
            pattern = re.sub(r"<[^>]+>", "*", span.rstrip("/"))
            assert span in MADE or list(ROOT.glob(pattern)), span


@each_document
def test_a_command_starts_a_module_of_the_project(path: Path) -> None:
    text = path.read_text("utf-8")
    for module in re.findall(r"-m (local[\w.]*)", "\n".join([*spans(text), *blocks(text)])):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module


@each_document
def test_a_document_gives_no_machine_away(path: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:home|root|work|Users|tmp)/", path.read_text("utf-8"))


def test_every_state_is_explained_and_no_other() -> None:
    text = spans(read("docs/ARCHITECTURE.md"))
    phrases = {span for span in text if re.fullmatch(r"[A-Z][a-z]+(?: [A-Z][a-z]+)+\??", span)}
    named = phrases | {span for span in text if span in states()}
    assert named == set(states())


def keys_of(map_name: str, text: str) -> set[str]:
    """Return the keys of a map of texts in a Terraform file."""
    found = re.search(rf"{map_name} = \{{\n(.*?)^  +\}}$", text, re.DOTALL | re.MULTILINE)
    assert found, map_name
    return set(re.findall(r'^ +(\w+) += "', found[1], re.MULTILINE))


def test_every_alarm_is_in_the_runbook() -> None:
    alarms, module = read("terraform/alarms.tf"), read("terraform/modules/function/main.tf")
    single = re.findall(r'alarm_name += "\$\{local\.name\}-([a-z-]+)"', alarms)
    of_functions = {f"<function>-{kind}" for kind in keys_of("for_each", module)}
    named = {*single, *keys_of("execution_alarms", alarms), *of_functions}
    # The alarms of executions share one resource; every other one names itself.
    assert alarms.count('resource "aws_cloudwatch_metric_alarm"') == len(single) + 1
    assert named - set(spans(read("docs/OPERATIONS.md"))) == set()


def test_the_table_s_description_names_every_item_that_it_holds() -> None:
    section = read("docs/ARCHITECTURE.md").partition("## The table")[2].partition("\n## ")[0]
    items = [row[0].removesuffix(" of a subject") for row in rows(section) if row[0] != "item"]
    outputs = read("terraform/outputs.tf")
    described = re.search(r'"table_name" \{\n  description = "([^"]+)"', outputs)
    assert described
    assert len(items) > 5
    assert [item for item in items if item not in described[1]] == []
    assert "snapshot" not in described[1]


def test_every_metric_is_explained_and_no_other() -> None:
    code = "\n".join(
        path.read_text("utf-8")
        for folder in ("functions", "layers/qlik_monitor/python/qlik_monitor/adapters")
        for path in ROOT.glob(f"{folder}/**/*.py")
    )
    counted = {
        name
        for arguments in re.findall(r"\bcount\(([^)]*)\)", code)
        for name in re.findall(r'"([A-Z]\w+)"', arguments)
    }
    concluded = {f"Incidents{status}" for status in ("Observed", "Escalated", "Rejected")}
    section = read("docs/API.md").partition("## Metrics")[2].partition("## Logs")[0]
    assert {span for span in spans(section) if re.fullmatch(r"[A-Z][a-z]+[A-Z]\w+", span)} == (
        counted | concluded | {"QlikReplication"}
    )


def test_every_event_that_is_logged_is_explained() -> None:
    code = "\n".join(
        path.read_text("utf-8")
        for folder in ("functions", "layers/qlik_monitor")
        for path in ROOT.glob(f"{folder}/**/*.py")
    )
    logged = set(re.findall(r'logger\.\w+\(\s*"([^"]+)"', code))
    section = read("docs/API.md").partition("## Logs")[2]
    assert logged - set(spans(section)) == set()


def test_every_function_has_a_section() -> None:
    folders = {path.parent.name for path in ROOT.glob("functions/*/handler.py")}
    headings = set(re.findall(r"^### (\w+)$", read("docs/API.md"), re.MULTILINE))
    assert headings == folders


def test_every_kind_of_message_can_be_filtered_by() -> None:
    assert {kind.value for kind in NotificationKind} <= set(spans(read("docs/DEPLOYMENT.md")))


def test_every_error_class_is_named() -> None:
    assert {kind.value for kind in ErrorClass} <= set(spans(read("docs/API.md")))


def test_every_error_class_is_explained_with_its_actions_strictest_first() -> None:
    section = read("docs/ERROR_CLASSES.md").partition("## The classes")[2].partition("\n## ")[0]
    described = {row[0].strip("`"): set(spans(row[2])) for row in rows(section) if "`" in row[0]}
    assert described == {
        kind.value: {action.value for action in actions} for kind, actions in SENSIBLE.items()
    }
    assert list(described) == [*(kind.value for kind in STRICTEST_FIRST), "unknown"]


def test_every_setting_is_named() -> None:
    kinds = [k for k in vars(settings).values() if isinstance(k, type) and issubclass(k, Settings)]
    fields = {name.upper() for kind in kinds for name in kind.model_fields}
    assert fields - set(spans(read("docs/CONFIGURATION.md"))) == set()
