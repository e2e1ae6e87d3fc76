"""The stack that stays up for a person."""

import pytest
import requests

from local.localstack.system import free_port
from local.run.approver import typed_from
from tests.e2e.running import running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


def test_a_person_approves_by_link_and_takes_the_stack_down() -> None:
    with running("local-up", f"ARGS=--port {free_port()}") as up:
        up.wait_for("A cycle runs each minute")
        line = up.wait_for("open to approve or reject: ")
        link = line.split("open to approve or reject: ")[1].strip()

        page = requests.get(link, timeout=20)
        assert page.status_code == 200
        assert "Approve" in page.text
        form = {"decision": "approve", "comment": ""} | typed_from(page.text)
        decided = requests.post(link, data=form, timeout=20)
        assert decided.status_code == 200
        up.wait_for("restart 1")

        with running("local-up") as second:
            assert second.wait() != 0
            assert "runs already" in second.output
        with running("local-down") as down:
            assert down.wait() == 0
            assert "The local stack has ended" in down.output
        assert up.wait() == 0
        assert up.left_behind() == []


def test_taking_down_what_is_not_up_is_no_error() -> None:
    with running("local-down") as down:
        assert down.wait() == 0
        assert "not running" in down.output
