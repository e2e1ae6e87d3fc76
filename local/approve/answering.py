"""Takes an operator's answer at the approval desk, the one place where answers are taken."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from local.history.source import Source
from qlik_monitor.adapters.approval_desk import ApprovalDesk
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.composition import utc_now
from qlik_monitor.errors import DecisionNotDelivered
from qlik_monitor.observability import logger, metrics


class TellingWorkflow(WaitingWorkflow):
    """Keeps why a decision was not taken, which a function would log."""

    why = ""

    def go_on(self, task_token: str, status: str, detail: str = "") -> bool:
        """Deliver a decision, as ever."""
        try:
            return super().go_on(task_token, status, detail)
        except DecisionNotDelivered as error:
            self.why = str(error)
            raise


def workflow_of(source: Source) -> TellingWorkflow:
    """Return the way into the workflow beside a table."""
    return TellingWorkflow(source.client("stepfunctions"))


def desk_of(source: Source, workflow: WaitingWorkflow) -> ApprovalDesk:
    """Return the desk of a table."""
    return ApprovalDesk(source.table, workflow, utc_now)


@contextmanager
def without_a_log() -> Iterator[None]:
    """Keep the log lines and metrics of a function from a person's terminal."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
        metrics.clear_metrics()
