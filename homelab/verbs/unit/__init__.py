"""The verbs `unit …`."""
