"""A real browser, Debian's Chromium, on a local stack with something on every page."""
