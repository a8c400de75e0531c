"""The verbs `update …`."""
