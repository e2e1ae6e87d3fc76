"""One look at all the tasks that one approval has resumed."""

from qlik_monitor.adapters.qlik_members import read_members
from qlik_monitor.domain.group_restart import is_ahead, looked, to_look_at, verdict_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.verification import Verification, VerificationSettings


def look_at_group(
    incident: Incident,
    before: Verification,
    platform: ReplicationPlatform,
    settings: VerificationSettings,
    seconds: float,
) -> tuple[Incident, Verification]:
    """Return the incident with what each task's reading says, and what they say together.

    A look that an earlier run of this step has stored is not taken, and counted, once more.
    """
    resumed = incident.resumed
    if not is_ahead(resumed, before):
        readings = read_members(platform, to_look_at(resumed), seconds)
        resumed = looked(resumed, readings, settings)
    return incident.model_copy(update={"resumed": resumed}), verdict_of(resumed, before)
