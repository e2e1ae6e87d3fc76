"""Lambda `report-cycle`."""
