"""The verbs `port …`."""
