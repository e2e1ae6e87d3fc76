"""What the console reads and switches, all from the stack's one table."""

from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_closed_incidents import DynamoDbClosedIncidents
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.adapters.dynamodb_open_incidents import DynamoDbOpenIncidents
from qlik_monitor.adapters.dynamodb_recent_history import RecentHistory
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.composition import the_table
from qlik_monitor.settings import ConsoleSettings


def automation_switch() -> DynamoDbAutomation:
    """Return the switch that pauses the agent."""
    return DynamoDbAutomation(the_table(ConsoleSettings))


def closed_incidents() -> DynamoDbClosedIncidents:
    """Return the list of what was closed."""
    return DynamoDbClosedIncidents(the_table(ConsoleSettings))


def cycles() -> DynamoDbCycles:
    """Return the log of cycles."""
    return DynamoDbCycles(the_table(ConsoleSettings))


def incidents() -> DynamoDbIncidents:
    """Return the incidents."""
    return DynamoDbIncidents(the_table(ConsoleSettings))


def model_usage() -> DynamoDbModelUsage:
    """Return what the model has taken."""
    return DynamoDbModelUsage(the_table(ConsoleSettings))


def open_incidents() -> DynamoDbOpenIncidents:
    """Return what lists show of the open ones."""
    return DynamoDbOpenIncidents(the_table(ConsoleSettings))


def recent() -> RecentHistory:
    """Return the history, as far as a page shows it."""
    return RecentHistory(the_table(ConsoleSettings))


def restarts() -> DynamoDbRestarts:
    """Return the restarts."""
    return DynamoDbRestarts(the_table(ConsoleSettings))


def servers() -> DynamoDbServers:
    """Return the servers of the last cycle."""
    return DynamoDbServers(the_table(ConsoleSettings))


def trail() -> DynamoDbAudit:
    """Return the audit trail."""
    return DynamoDbAudit(the_table(ConsoleSettings))
