"""One look at the fleet: read, compare with what is remembered, find, remember."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from local.alert_rules.reading import ReadRules
from local.monitor.checkup import Checkup, check
from local.monitor.memory import Memory, recall, remember
from local.monitor.report import waiting
from local.monitor.settings import MonitorSettings
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.adapters.qlik_classified import ClassifiedPlatform
from qlik_monitor.domain.applied_rules import AlertRules
from qlik_monitor.domain.custom_findings import Evaluation
from qlik_monitor.domain.error_catalogue import ErrorCatalogue
from qlik_monitor.domain.expressions import Budget
from qlik_monitor.domain.finding import Ruling, find
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import FleetReading
from qlik_monitor.domain.thresholds import Thresholds
from qlik_monitor.errors import QlikAccessDenied


class Look(Frozen):
    """What was read, and what it means."""

    endpoint: str
    reading: FleetReading
    findings: Findings
    checkup: Checkup
    memory: Memory | None = None
    """What was remembered before."""

    @classmethod
    def taken(
        cls, settings: MonitorSettings, state: Path | None, rules: ReadRules | None = None
    ) -> Self:
        """Read the fleet once; raises ConfigurationError, or what `read_fleet` raises."""
        endpoint = settings.platform_settings().base.url
        memory = recall(state, endpoint) if state else None
        reading = _read(settings, endpoint, _catalogue(rules))
        # One look has no second reading to wait for.
        thresholds = settings.thresholds().model_copy(update={"lag_readings": 1, "one_look": True})
        known = memory.servers if memory else {}
        findings = find(reading, known, thresholds, ruling=_ruling(rules, thresholds))
        return cls(
            endpoint=endpoint,
            reading=reading,
            findings=findings,
            checkup=check(reading, findings),
            memory=memory,
        )

    def remember(self, state: Path) -> None:
        """Store what the next look is to be compared with; raises ConfigurationError."""
        # A server that could not be read this time keeps what is known of its tasks.
        servers = (self.memory.servers if self.memory else {}) | self.findings.progress
        memory = Memory(
            endpoint=self.endpoint, observed_at=self.reading.observed_at, servers=servers
        )
        remember(state, memory)


def _ruling(rules: ReadRules | None, thresholds: Thresholds) -> Ruling | None:
    if rules is None:
        return None
    evaluation = Evaluation(rules.expressions, Budget(time.monotonic))
    return Ruling(AlertRules(rules.file, thresholds), evaluation)


def _catalogue(rules: ReadRules | None) -> ErrorCatalogue:
    return built_in_catalogue().with_patterns(rules.file.error_patterns if rules else ())


def _read(settings: MonitorSettings, endpoint: str, catalogue: ErrorCatalogue) -> FleetReading:
    platform = ClassifiedPlatform(settings.platform(lambda: datetime.now(UTC)), catalogue)
    try:
        with waiting(f"Reading {endpoint}"):
            reading = platform.read_fleet()
    finally:
        platform.close()
    if not reading.servers and not reading.unread:
        raise QlikAccessDenied(
            "Qlik lists no server at all: give the account the Viewer role on all servers"
        )
    return reading
