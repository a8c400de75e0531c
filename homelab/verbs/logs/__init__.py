"""The verbs `logs …`."""
