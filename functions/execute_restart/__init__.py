"""Lambda `execute-restart`."""
