"""Reads back how one task fared over the past days: a table and a plot, for people and machines."""
