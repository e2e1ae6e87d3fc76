"""Lambda `console`."""
