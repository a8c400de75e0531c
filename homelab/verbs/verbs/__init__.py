"""`verbs …`."""
