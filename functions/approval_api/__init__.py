"""Lambda `approval-api`."""
