import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qlik_monitor.domain.rewriting import Demand, demand_of, what_is_rewritten
from qlik_monitor.domain.table_name import TableName
from qlik_monitor.domain.task import Endpoint, FullLoad
from tests.fakes.builders import (
    a_decided,
    a_snapshot,
    a_strong_approval,
    a_table_reload,
    a_target_reload,
    an_aborted,
    an_approval,
)

LOOK_ALIKES = [
    "",
    "prod/Orders",
    "PROD/ORDERS",
    " prod/orders",
    "prod/orders ",
    "prod/orders\n",
    "prod/ orders",
    "prod/orders\u200b",
    "prod/orders\u00a0",
    "pr\u043ed/orders",
    "prod\u2215orders",
    "prod/\uff4frders",
    "prod\\orders",
    "prod/orders\x00",
    "orders",
    "prod/orders/x",
    "\ufeffprod/orders",
]


@pytest.mark.parametrize("typed", LOOK_ALIKES, ids=ascii)
def test_what_only_looks_like_the_name_is_not_the_name(typed: str) -> None:
    demand = demand_of(a_target_reload(), a_strong_approval(a_target_reload()))
    assert demand is not None
    assert demand.is_met_by("prod/orders")
    assert not demand.is_met_by(typed)


@given(st.text(st.characters(exclude_categories=())), st.text(min_size=1))
def test_only_the_very_text_meets_a_demand(typed: str, text: str) -> None:
    demand = Demand(text=text, rewritten="")
    assert demand.is_met_by(text)
    assume(typed != text)
    assert not demand.is_met_by(typed)


@pytest.mark.parametrize("text", [None, ""])
def test_where_nothing_can_be_typed_nothing_can_be_approved(text: str | None) -> None:
    assert not Demand(text=text, rewritten="").is_met_by("")


def test_a_table_s_name_is_typed_for_a_table_and_nothing_for_a_resume() -> None:
    table = a_table_reload()
    demand = demand_of(table, a_strong_approval(table))
    assert demand is not None
    assert demand.text == "SALES.ORDERS"
    assert demand_of(a_decided(), an_approval()) is None


def test_a_reload_demands_a_name_even_where_its_approval_is_an_ordinary_one() -> None:
    assert demand_of(a_target_reload(), an_approval(a_target_reload())) is not None
    # And a strong approval whose incident now holds something else can only be rejected.
    demand = demand_of(a_decided(), a_strong_approval(a_target_reload()))
    assert demand is not None
    assert demand.text is None


def test_the_page_says_in_plain_words_what_is_rewritten() -> None:
    ends = {
        "source_endpoint": Endpoint(name="Oracle PROD"),
        "target_endpoint": Endpoint(name="Snowflake"),
    }
    load = FullLoad(tables_completed=6, tables_loading=0, tables_queued=0, tables_with_error=2)
    target = what_is_rewritten(a_target_reload(snapshot=an_aborted(full_load=load, **ends)))
    assert target.startswith(
        "All tables (8) of task prod/orders are emptied in Snowflake and loaded anew from Oracle"
    )
    assert target.endswith("It cannot be undone.")
    table = what_is_rewritten(a_table_reload(snapshot=a_snapshot(**ends)))
    assert table.startswith("The table SALES.ORDERS of task prod/orders is emptied in Snowflake")
    assert table.endswith("its readings do not name them.")
    unknown = what_is_rewritten(a_target_reload(snapshot=None))
    assert unknown.startswith("All tables of task prod/orders are emptied in the target")


# ---- names of tables


def test_a_table_s_name_has_a_schema_and_a_table() -> None:
    name = TableName.parse("SALES.ORDERS 2026")
    assert (name.schema_name, name.table) == ("SALES", "ORDERS 2026")


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "ORDERS", "SALES.", ".ORDERS", "DB.SALES.ORDERS"),
        *("SALES. ORDERS", "SALES.ORD\nERS", "SALES.*", "SALES.ORD%", "SALES.ORDERS\u200b"),
    ],
    ids=ascii,
)
def test_a_name_that_is_not_clearly_one_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'"):
        TableName.parse(text)
