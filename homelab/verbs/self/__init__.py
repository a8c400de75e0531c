"""The verbs `self …`."""
