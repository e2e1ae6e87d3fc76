from pathlib import Path

from local.mock_qlik.server import MockQlik
from tests.integration.monitor.running import Monitor, a_fleet

RULES = """
version: 1
opt_out_tags: [hands-off]
rules:
  - name: archives may lag
    match: {tasks: ["Archive*"]}
    severity: {aborted: ignore}
  - name: few rows
    match: {tasks: ["Orders*"]}
    expressions:
      - {name: small, when: task.memory_mb < 100000, severity: warning, summary: small}
"""


def test_a_deployments_rules_judge_here_too(monitor: Monitor, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    fleet = a_fleet(
        {"name": "Archive", "kind": "aborted"},
        {"name": "Orders", "kind": "healthy"},
        {"name": "Billing", "kind": "aborted", "tags": ["hands-off"]},
    )
    with MockQlik(fleet) as qlik:
        ran = monitor(qlik.url, "--rules", str(rules))

    assert ran.code == 1
    assert "Archive" not in ran.out
    assert "custom" in ran.out
    assert "opted out of automation" in " ".join(ran.out.split())


def test_rules_with_a_mistake_are_refused_before_anything_is_read(
    monitor: Monitor, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\nrules:\n  - {name: x, threshold: {}}\n")
    with MockQlik(a_fleet({"kind": "healthy"})) as qlik:
        ran = monitor(qlik.url, "--rules", str(rules))
        assert qlik.requests == []

    assert ran.code == 2
    assert "rules.yaml:3" in ran.err


def test_a_deployments_own_error_pattern_decides_what_is_proposed(
    monitor: Monitor, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    pattern = "{name: own, class: resource, text: connection to the target endpoint}"
    rules.write_text(f"version: 1\nerror_patterns: [{pattern}]\n")
    with MockQlik(a_fleet({"name": "Orders", "kind": "aborted"})) as qlik:
        usual, own = monitor(qlik.url), monitor(qlik.url, "--rules", str(rules))

    assert "resume" in usual.out
    assert "resume" not in own.out
    assert "resource" in own.out
