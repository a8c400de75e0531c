"""The verbs `disk …`."""
