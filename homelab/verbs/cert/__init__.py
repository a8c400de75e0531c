"""The verbs `cert …`."""
