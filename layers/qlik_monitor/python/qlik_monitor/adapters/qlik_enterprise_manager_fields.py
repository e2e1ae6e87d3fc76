"""Maps Enterprise Manager's servers, answers and envelopes; disputed spellings are all read."""

from collections.abc import Mapping

from qlik_monitor.adapters.qlik_enterprise_manager_task import STATES
from qlik_monitor.adapters.qlik_fields import Fields
from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.task import ActionAnswer, ServerSnapshot, ServerState, TaskId, TaskState
from qlik_monitor.errors import QlikAnswerInvalid

_LICENSES = {
    "LICENSE_VALID": "VALID_LICENSE",
    "LICENSE_INVALID_CHECKSUM": "INVALID_LICENSE_CHECKSUM",
    "LICENSE_EXPIRED": "EXPIRED_LICENSE",
}


def is_compose(item: Mapping[str, object]) -> bool:
    """Tell whether a server runs Compose: it has no replication tasks, so nothing to watch."""
    return str(item.get("$type", "")).startswith("Compose")


def server_snapshot(name: str, item: Mapping[str, object]) -> ServerSnapshot:
    """Map one entry of GetServerList."""
    fields = Fields(item)
    state = fields.choice(ServerState, ("state",), ServerState.UNKNOWN, {})
    message = fields.text("message")
    if state is ServerState.UNKNOWN:
        message = "; ".join(filter(None, (*fields.notes, message)))
    return ServerSnapshot(name=name, state=state, message=message)


def described_server(listed: ServerSnapshot, document: Mapping[str, object]) -> ServerSnapshot:
    """Add what GetServerDetails says of the licence and of the machine."""
    fields = Fields(document)
    # The pages print serverDetails; the clients that work parse server_details.
    wrapper = next((n for n in ("server_details", "serverDetails") if fields.raw(n)), None)
    details = fields.inner(wrapper) if wrapper else fields
    licence, use = details.inner("license"), details.inner("resource_utilization")
    state = licence.text("state").upper()
    return listed.model_copy(
        update={
            "license_state": _LICENSES.get(state, state) or None,
            "license_days_left": licence.signed("days_to_expiration"),
            "machine_cpu_percentage": use.count("machine_cpu_percentage"),
            "memory_mb": use.count("memory_mb"),
            "disk_usage_mb": use.count("disk_usage_mb"),
        }
    )


def details_in(document: Mapping[str, object], task: TaskId) -> Mapping[str, object]:
    """Return the details in GetTaskDetails' answer; raises QlikAnswerInvalid for another's."""
    inner = document.get("task")
    # Older releases and the vendor's libraries wrap them.
    details = inner if isinstance(inner, dict) and "state" not in document else document
    if not {"name", "state"} & details.keys():
        raise QlikAnswerInvalid(f"{task}: the details hold neither a name nor a state")
    name = details.get("name")
    if isinstance(name, str) and name.casefold() != task.task.casefold():
        raise QlikAnswerInvalid(f"{task}: the details are those of {clean_text(name, 255)!r}")
    return details


def action_answer(document: Mapping[str, object], wanted: frozenset[TaskState]) -> ActionAnswer:
    """Map the answer to a run or a stop: a 200 may still tell of a failure."""
    fields = Fields(document)
    state = fields.choice(TaskState, ("state",), TaskState.UNKNOWN, STATES)
    message = fields.text("error_message")
    failed_at_once = state is TaskState.ERROR and TaskState.RUNNING in wanted
    accepted = state in wanted if message else not failed_at_once
    return ActionAnswer(accepted=accepted, state=state, error_message=message)
