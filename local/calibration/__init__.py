"""Tells whether confidences can be believed: what was stated, against what came of it."""
