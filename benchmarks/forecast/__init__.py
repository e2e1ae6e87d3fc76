"""How good the forecast of a lag breach is, on simulated tasks whose truth is known."""
