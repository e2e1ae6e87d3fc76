"""`make audit`: who answered which question, when, by which way, and having seen what."""
