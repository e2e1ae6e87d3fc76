"""What is true of tasks, incidents and restarts, whatever the outside world looks like."""
