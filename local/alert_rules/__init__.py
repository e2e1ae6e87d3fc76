"""The alerting rules file: read from YAML, checked, and made ready for the functions."""
