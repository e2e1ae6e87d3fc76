"""Switches: what may run without a person, and what may run at all; all are off by default."""

from fnmatch import fnmatchcase

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.model import Frozen


class Switches(Frozen):
    """The three switches that a restart without a person needs, and the one of reloads."""

    auto_restart_enabled: bool = False
    servers: tuple[str, ...] = ()
    """Patterns of servers' names, as a shell's; case counts."""
    actions: frozenset[Action] = frozenset()
    min_confidence: float = 0.85
    destructive_actions_enabled: bool = False
    """Whether a reload may be carried out after an approval of its own kind."""

    def against(self, action: Action, server: str) -> tuple[str, ...]:
        """Name each switch that keeps an action on a server's task from running alone."""
        any_server = any(fnmatchcase(server, pattern) for pattern in self.servers)
        checks = (
            (self.auto_restart_enabled, "AUTO_RESTART_ENABLED is off: a person decides"),
            (any_server, f"AUTO_RESTART_SERVERS does not name {server}"),
            (action in self.actions, f"AUTO_RESTART_ACTIONS does not name {action.value}"),
        )
        return tuple(reason for holds, reason in checks if not holds)
