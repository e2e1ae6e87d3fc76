import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.facts import facts_of
from qlik_monitor.domain.quotation import quoted_share
from tests.fakes.builders import a_restart, an_incident

FACTS = facts_of(an_incident(), (a_restart(detail="the listener was down"),))


@pytest.mark.parametrize(
    "quote",
    [
        "ORA-03113: end-of-file on communication channel",
        "ORA-03113",
        "message: ORA-03113",
        '"message": "ORA-03113: end-of-file',
        "ora-03113:  END-OF-FILE",
        "Stop reason: FATAL_ERROR",
        "state: ERROR",
        "error_class: connection",
        "summary of aborted",
        "the listener was down.",
        "attempt: 1",
        '"kinds": ["aborted"]',
    ],
)
def test_a_quotation_of_the_facts_stands(quote: str) -> None:
    assert quoted_share((quote,), FACTS) == 1.0


@pytest.mark.parametrize(
    "quote", ["ORA-01555", "state: RUNNING", "it is safe to resume", "e", "1", "", '"', "   "]
)
def test_what_stands_nowhere_or_anywhere_is_no_quotation(quote: str) -> None:
    assert quoted_share((quote,), FACTS) == 0.0


def test_the_share_counts_each_quotation() -> None:
    assert quoted_share(("ORA-03113", "invented", "state: ERROR", "made up"), FACTS) == 0.5
    assert quoted_share((), FACTS) == 0.0


@given(st.lists(st.text(max_size=50), max_size=5))
def test_a_share_is_a_share(evidence: list[str]) -> None:
    assert 0 <= quoted_share(tuple(evidence), FACTS) <= 1
