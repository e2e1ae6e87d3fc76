"""Builders and in-memory fakes that the suites share."""
