"""What a request may take, against the time that its function has in functions.tf."""

import pytest

from functions.approval_api import outcome
from qlik_monitor.adapters import approval_desk, chat_channel, oidc_http
from qlik_monitor.adapters.person_waits import CALL_SECONDS, LAST_SECONDS
from tests.contract.terraform import catalogue

GATEWAY_SECONDS = 29
"""API Gateway waits no longer."""
TO_MAKE_A_PAGE = 1.0
FUNCTIONS = catalogue.functions()
PAUSES, PATIENCE = sum(approval_desk.PAUSES), outcome.PATIENCE.total_seconds()


@pytest.mark.parametrize("function", ["approval_api", "console"])
def test_a_function_ends_no_later_than_the_gateway_gives_up(function: str) -> None:
    assert LAST_SECONDS < FUNCTIONS[function].timeout <= GATEWAY_SECONDS


def test_the_slowest_way_to_a_decision_ends_in_a_page_of_ours() -> None:
    read, write, handed_on = CALL_SECONDS, CALL_SECONDS, CALL_SECONDS
    taken = read + write + handed_on + PAUSES + PATIENCE

    assert taken + TO_MAKE_A_PAGE < FUNCTIONS["approval_api"].timeout


def test_whoever_decides_is_told_that_the_workflow_does_not_answer() -> None:
    """The newest reading is not read, and SendTaskSuccess hangs: the page's calls still begin."""
    reading, handed_on = CALL_SECONDS, CALL_SECONDS

    assert reading + handed_on + PAUSES < FUNCTIONS["approval_api"].timeout - LAST_SECONDS


def test_after_the_last_call_there_is_time_to_tell_chat_and_to_make_a_page() -> None:
    assert CALL_SECONDS + chat_channel.SECONDS + TO_MAKE_A_PAGE <= LAST_SECONDS


def test_a_sign_in_whose_provider_is_slow_ends_in_a_page_of_ours() -> None:
    asked = 3 * oidc_http.ANSWER_SECONDS
    secret = CALL_SECONDS

    assert asked + secret + TO_MAKE_A_PAGE < FUNCTIONS["console"].timeout
