"""Hundreds ask for restarts at once; what Qlik was really asked for is counted."""
