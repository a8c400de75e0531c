"""The verbs `service …`."""
