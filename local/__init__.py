"""What stands in for the outside world on a laptop and in tests; nothing here ships."""
