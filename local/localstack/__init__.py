"""LocalStack without Docker: its installation and its life as a child process."""
