"""Lambda `verify-recovery`."""
