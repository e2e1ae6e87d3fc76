"""Lambda `conclude-incident`."""
