"""The verbs `timer …`."""
