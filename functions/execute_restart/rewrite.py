"""The two calls that rewrite data: made here and nowhere else, on a warrant that holds now."""

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.rewriting import Warrant, unwarranted
from qlik_monitor.domain.table_name import TableName
from qlik_monitor.domain.task import ActionAnswer, RunOption


def rewrite(platform: ReplicationPlatform, restart: Restart, warrant: Warrant) -> ActionAnswer:
    """Reload one table or the whole target with one call, or refuse with nothing called."""
    if refusal := unwarranted(warrant, restart):
        return not_called(refusal)
    if restart.action is Action.RELOAD_TARGET:
        return platform.run_task(restart.task, RunOption.RELOAD_TARGET)
    try:
        name = TableName.parse(restart.table or "")
    except ValueError as error:
        return not_called(str(error))
    return platform.reload_table(restart.task, name.schema_name, name.table)


def not_called(reason: str) -> ActionAnswer:
    """Return a refusal of our own."""
    return ActionAnswer(accepted=False, error_message=f"{reason}; nothing was called")
