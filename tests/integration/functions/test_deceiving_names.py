"""Names that read from right to left, or hold characters that nobody sees, on pages."""

from urllib.parse import urlencode

import pytest

from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.task import TaskId
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_decided, an_aborted
from tests.integration.functions.approving import FakeStates, ask_about
from tests.integration.functions.test_console_pages import names, opened, read
from tests.integration.functions.visiting import signed_in

TURNED = "מלאי \u202egpj.exe"
SHOWN = "מלאי [U+202E]gpj.exe"
TASK = TaskId(server="prod", task=TURNED)
AT_TASK = "/console/task?" + urlencode({"server": "prod", "task": TURNED})


@pytest.mark.parametrize(
    ("address", "set_apart"),
    [
        ("/console", f">{SHOWN}</a>"),
        ("/console", f"<bdi>endpoint {SHOWN}</bdi>"),
        (AT_TASK, f"<h1><bdi>{SHOWN}</bdi>"),
        ("/console/incidents", f">prod/{SHOWN}</a>"),
        ("/console/incidents/mine", f"<h1><bdi>prod/{SHOWN}</bdi>"),
        ("/console/incidents/group", f">prod/{SHOWN}</a>"),
        ("/console/incidents/group", f"<li>prod/{SHOWN}</li>"),
        ("/console?" + urlencode({"server": TURNED}), f"no server “<bdi>{SHOWN}</bdi>”"),
    ],
)
def test_a_name_turns_nothing_beside_it_round_and_hides_nothing(
    address: str, set_apart: str, stack: FakeStack
) -> None:
    read(stack, **names(TURNED))
    opened(stack, id="mine", subject=Subject(server="prod", task=TURNED))
    group = Subject(server="*", endpoint=TURNED)
    opened(stack, id="group", subject=group, members=(str(TASK),))
    html = signed_in(stack).get(address).html
    assert set_apart in html
    before = html.partition(set_apart)[0]
    assert not set_apart.endswith("</a>") or 'dir="auto"' in before[before.rindex("<a ") :]
    assert "\u202e" not in html


def test_who_decides_sees_what_a_name_hides(stack: FakeStack, states: FakeStates) -> None:
    incident = a_decided(subject=Subject(server="prod", task=TURNED), snapshot=an_aborted(id=TASK))
    [browser] = ask_about(stack, incident).values()
    page = browser.get().html
    assert f"<h1>Resume <bdi>prod/{SHOWN}</bdi>?</h1>" in page
    assert "\u202e" not in page
    answered = browser.post(decision="reject").html
    assert f"<h1><bdi>prod/{SHOWN}</bdi>: rejected</h1>" in answered
    assert "\u202e" not in answered
