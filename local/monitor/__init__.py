"""One read-only look at the configured Qlik from this machine, without AWS."""
