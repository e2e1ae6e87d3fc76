"""Lambda `evaluate-proposal`."""
