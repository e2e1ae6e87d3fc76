"""Evals: whether decisions are right, and harmless whatever a model says."""
