"""What measures the project; each prints figures and says how they were made."""
