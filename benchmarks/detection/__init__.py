"""How well detectors find what the fleet simulator knows to be ill."""
