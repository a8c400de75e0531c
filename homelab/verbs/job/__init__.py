"""The verbs `job …`."""
