"""Pauses the deployed agent, lets it go on, and shows what its limits have used up."""
