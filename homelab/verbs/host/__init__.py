"""The verbs `host …`."""
