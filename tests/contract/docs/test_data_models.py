"""The table of data models in docs/API.md against the models."""

import dataclasses
import re
from importlib import import_module

import pytest

from tests.contract.docs.markdown import read, rows, spans

GROUPS = {
    "endpoints": {"source_endpoint", "target_endpoint"},
    "latencies": {"source_latency_seconds", "total_latency_seconds"},
    "throughputs": {"cdc_throughput", "full_load_throughput"},
}
"""Words that stand for several fields at once."""
SECTION = read("docs/API.md").partition("## Data models")[2].partition("\n## ")[0]
ROWS = [row for row in rows(SECTION) if row[0] != "model"]


def fields_of(model: type) -> set[str]:
    if dataclasses.is_dataclass(model):
        return {field.name for field in dataclasses.fields(model)}
    return set(model.model_fields)  # type: ignore[attr-defined]


def named_in(cell: str) -> set[str]:
    """Return the fields that a cell names: what stands in brackets or after `;` explains them."""
    names: set[str] = set()
    for part in re.sub(r"\([^)]*\)", "", cell).partition(";")[0].split(","):
        names |= set(spans(part)) or GROUPS[part.strip()]
    return names


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_every_field_of_its_model_and_no_other(row: list[str]) -> None:
    name, file, fields = row
    module = import_module(f"qlik_monitor.domain.{spans(file)[0].removesuffix('.py')}")
    assert named_in(fields) == fields_of(getattr(module, name))


def test_the_table_was_found() -> None:
    assert {"TaskSnapshot", "Incident", "HistoryPoint"} <= {row[0] for row in ROWS}
