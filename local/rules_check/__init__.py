"""Checks the alerting rules, and explains for one task which of them apply, and why."""
