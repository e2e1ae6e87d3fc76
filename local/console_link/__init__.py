"""Mints links that sign people in to the console."""
