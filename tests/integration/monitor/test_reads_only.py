from pathlib import Path

import pytest

from local.mock_qlik.server import MockQlik
from tests.integration.monitor.running import Monitor

FLEET = Path(__file__).parents[3] / "local" / "scenarios" / "fleet.yaml"
READS = {
    "enterprise_manager": {"login", "servers", "server", "tasks", "task"},
    "cloud": {"servers", "tasks", "state"},
}


@pytest.mark.parametrize("flavor", READS)
@pytest.mark.parametrize("arguments", [("--json",), ()], ids=["json", "table"])
def test_nothing_but_reads_is_sent_to_qlik(
    flavor: str, arguments: tuple[str, ...], monitor: Monitor
) -> None:
    with MockQlik(FLEET) as qlik:
        qlik.control.advance(3600)
        before = qlik.control.state()
        # Even a policy that may act alone does nothing here.
        settings = {"QLIK_FLAVOR": flavor, "AUTO_RESTART_ENABLED": "true"}
        ran = monitor(qlik.url, *arguments, **settings)
        after = qlik.control.state()

    assert "Stuck Payments" in ran.out
    assert {entry.method for entry in qlik.requests} == {"GET"}
    assert not [entry for entry in qlik.requests if "action" in entry.query]
    assert {entry.action for entry in qlik.requests} <= READS[flavor]
    assert after["servers"] == before["servers"]
