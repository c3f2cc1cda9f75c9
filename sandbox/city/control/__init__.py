"""The city's own HTTP door: the page, and everything the page or another process may do."""
