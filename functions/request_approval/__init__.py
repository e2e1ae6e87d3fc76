"""Lambda `request-approval`."""
