"""The verbs `verbs …`."""
