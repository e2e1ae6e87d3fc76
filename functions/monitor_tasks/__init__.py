"""Lambda `monitor-tasks`."""
