"""The verbs `usage …`."""
