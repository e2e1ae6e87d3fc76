"""Reviewed data that decides: kept apart from code, so that whoever knows errors can read it."""
