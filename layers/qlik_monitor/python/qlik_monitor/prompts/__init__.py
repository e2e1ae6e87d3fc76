"""Prompts: reviewed like code, shipped as data."""
