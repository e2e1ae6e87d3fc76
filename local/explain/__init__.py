"""`make explain`: everything that is known of one incident, told from end to end."""
