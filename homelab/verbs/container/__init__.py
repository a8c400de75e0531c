"""The verbs `container …`."""
