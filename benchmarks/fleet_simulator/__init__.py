"""A simulator of replication fleets over days, which knows when which task is ill."""
