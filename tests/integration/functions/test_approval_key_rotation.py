"""Links while the signing key changes: that of the key before stays good, no older one does."""

import pytest

from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.domain.approval_link import sign_link
from qlik_monitor.domain.approvers import ANYONE
from tests.fakes.aws import FakeStack, forget_secrets, read_secrets
from tests.fakes.builders import TASK_TOKEN, a_decided, a_key
from tests.integration.functions.approving import Browser, FakeStates, ask_about

K2 = {"key_id": "k2", "key": "another-long-signing-key"}
K3 = {"key_id": "k3", "key": "a-third-long-signing-key"}


@pytest.fixture
def browser(stack: FakeStack, states: FakeStates) -> Browser:
    """Holds a link that k1 signed, in a container that knows k1."""
    [made] = ask_about(stack, a_decided()).values()
    return made


def rotate(stack: FakeStack, *keys: dict[str, str]) -> None:
    for key in keys:
        stack.write_secret("APPROVAL_SECRET_ARN", key)


def signed_anew(browser: Browser, approvals: DynamoDbApprovals, key: dict[str, str]) -> Browser:
    """Return a browser with the link that another container has signed."""
    approval = approvals.get(browser.approval_id)
    assert approval is not None
    link = sign_link(approval, ANYONE, a_key(**key))
    query = {"e": link.expires, "k": link.key_id, "s": link.signature}
    return Browser(f"/approvals/{link.id}", query)


def test_a_link_of_the_key_before_still_decides(
    browser: Browser, stack: FakeStack, states: FakeStates
) -> None:
    rotate(stack, K2)
    forget_secrets()
    assert browser.get().status == 200
    assert browser.post(decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_link_of_the_key_before_that_is_refused(
    browser: Browser, stack: FakeStack, states: FakeStates
) -> None:
    rotate(stack, K2, K3)
    forget_secrets()
    before = stack.dump()
    for answer in (browser.get(), browser.send(decision="approve")):
        assert answer.status == 403
    assert (stack.dump(), states.taken) == (before, [])


def test_a_link_of_a_newer_key_opens_in_a_container_that_kept_the_old_one(
    browser: Browser, stack: FakeStack, states: FakeStates, approvals: DynamoDbApprovals
) -> None:
    browser.get()
    rotate(stack, K2)
    newer = signed_anew(browser, approvals, K2)
    assert newer.get().status == 200
    assert browser.get().status == 200
    assert newer.post(decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_link_that_names_a_new_key_and_is_signed_by_an_old_one_is_refused(
    browser: Browser, stack: FakeStack, approvals: DynamoDbApprovals
) -> None:
    rotate(stack, K2)
    forget_secrets()
    assert browser.get(k="k2").status == 403
    assert signed_anew(browser, approvals, K2).get(k="k1").status == 403


def test_strangers_have_the_secret_fetched_anew_once_and_not_at_every_try(browser: Browser) -> None:
    browser.get()
    with read_secrets() as stages:
        for number in range(20):
            assert browser.get(k=f"k{number + 2}").status == 403
    assert stages.count("AWSCURRENT") == 1
