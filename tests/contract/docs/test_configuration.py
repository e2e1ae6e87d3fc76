"""docs/CONFIGURATION.md and .env.example against the settings, row by row."""

import re

import pytest
from pydantic_core import PydanticUndefined

from local.monitor.settings import MonitorSettings
from qlik_monitor import settings
from qlik_monitor.settings import Settings
from tests.contract.docs.markdown import ROOT, read, rows, spans
from tests.contract.terraform import catalogue

FUNCTIONS = catalogue.functions()
SEED = [
    "QLIK_API_ENDPOINT",
    "QLIK_API_TOKEN",
    "OPENAI_API_KEY",
    "OPENAI_MODEL",
    "MONITORING_INTERVAL_SECONDS",
    "LAG_THRESHOLD_SECONDS",
    "STUCK_TASK_THRESHOLD_SECONDS",
    "MAX_RESTART_ATTEMPTS",
    "LOG_LEVEL",
]
NOT_OF_A_LAPTOP = {"QLIK_SECRET_ARN", "OPENAI_SECRET_ARN"}
PAGE = read("docs/CONFIGURATION.md")
CHOSEN = PAGE.partition("## Settings of the agent")[2].partition("## Secrets")[0]
SETTINGS = {row[0].strip("`"): row for row in rows(CHOSEN) if row[0].startswith("`")}
MADE_BY_THE_STACK = {
    row[0].strip("`"): row
    for row in rows(PAGE.partition("## Variables that the stack")[2].partition("## Laptop")[0])
    if row[0].startswith("`")
}


def variables() -> dict[str, str]:
    text = "\n".join(path.read_text("utf-8") for path in sorted(ROOT.glob("terraform/*.tf")))
    return dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.DOTALL | re.MULTILINE))


def default_of(name: str) -> str:
    found = re.search(r"^  default +=\s+(.+)$", variables()[name], re.MULTILINE)
    return found[1].strip('"') if found else "required"


def shown(default: str) -> str:
    return default if default == "required" else "empty" if default == "" else f"`{default}`"


def part_of_example(heading: str) -> str:
    """Return the part of the example whose heading begins so."""
    parts = read(".env.example").split("\n# ---- ")
    return next(part for part in parts if part.startswith(heading))


def pairs_in(text: str, before: str = "") -> dict[str, str]:
    return dict(re.findall(rf"^{before}([A-Z][A-Z_]*)=(.*)$", text, re.MULTILINE))


def example() -> dict[str, str]:
    text = read(".env.example")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(lines) == len(pairs_in(text))
    return pairs_in(text)


def test_every_variable_of_terraform_has_a_row_with_its_default() -> None:
    named = {cell: row for row in rows(PAGE) for cell in row[:2] if cell.startswith("`")}
    for name in variables():
        row = named.get(f"`{name}`")
        assert row, name
        assert shown(default_of(name)) in row, name


def test_a_function_and_terraform_have_the_same_default() -> None:
    kinds = [k for k in vars(settings).values() if isinstance(k, type) and issubclass(k, Settings)]
    for name, field in (item for kind in kinds for item in kind.model_fields.items()):
        if name in variables() and not field.is_required():
            assert str(field.default).lower() == default_of(name), name


def test_no_row_names_a_variable_that_is_gone() -> None:
    names = {span for span in spans(PAGE) if re.fullmatch(r"[A-Z]+(?:_[A-Z]+)+", span)}
    known = set(catalogue.settings()) | catalogue.settings_of_all() | set(example())
    known |= set(pairs_in(read(".env.example"), before="# "))
    assert names - known == set()


@pytest.mark.parametrize("name", sorted(catalogue.settings()))
def test_a_row_names_the_functions_that_read_the_setting(name: str) -> None:
    reading = {function for function, entry in FUNCTIONS.items() if name in entry.settings}
    row = SETTINGS.get(name) or MADE_BY_THE_STACK[name]
    said = set(row[4 if name in SETTINGS else 2].split(", "))
    if said == {"all functions"}:
        said = set(FUNCTIONS)
    assert said - {"laptop"} == reading


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_a_row_says_whether_a_laptop_reads_the_setting(name: str) -> None:
    assert ("laptop" in SETTINGS[name][4].split(", ")) == (
        name.lower() in MonitorSettings.model_fields
    )


def test_the_example_begins_with_the_names_that_everybody_knows() -> None:
    assert list(example())[: len(SEED)] == SEED


def test_the_example_and_the_page_name_the_same_variables() -> None:
    of_rows = {span for row in rows(PAGE) for span in spans(row[0])}
    names = {s for s in spans(PAGE) if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", s) or s in of_rows}
    names = {name for name in names if name.isupper()}
    given = set(example()) | set(pairs_in(read(".env.example"), before="# "))
    assert given == names - set(MADE_BY_THE_STACK)


def test_the_example_says_which_variables_no_laptop_reads() -> None:
    apart = pairs_in(part_of_example("For Terraform only"))
    among = re.findall(r"^# .*for Terraform only.*\n([A-Z_]+)=", read(".env.example"), re.MULTILINE)
    read_here = {name.upper() for name in MonitorSettings.model_fields} - NOT_OF_A_LAPTOP
    assert set(example()) - set(apart) - set(among) == read_here


def test_the_example_gives_no_value_to_what_make_reads_from_the_environment() -> None:
    commented = pairs_in(read(".env.example"), before="# ")
    assert commented == pairs_in(part_of_example("For make only"), before="# ")
    assert set(commented.values()) == {""}


def test_the_example_holds_the_defaults_and_no_secret() -> None:
    for name, value in example().items():
        field = MonitorSettings.model_fields.get(name.lower())
        if field is None:
            assert value == default_of(name.lower()), name
        elif field.default is not PydanticUndefined:
            default = "" if field.default is None else str(field.default)
            assert value.lower() == default.lower(), name


def test_the_example_can_be_read_as_it_is() -> None:
    read_settings = MonitorSettings.from_environment(example())
    assert read_settings.qlik_api_endpoint.startswith("https://")


def test_the_stacks_own_variables_are_all_there() -> None:
    made = {n for n, e in catalogue.settings().items() if not e.startswith("var.")}
    assert set(MADE_BY_THE_STACK) == made | (catalogue.settings_of_all() - {"LOG_LEVEL"})
