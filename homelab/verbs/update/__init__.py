"""`update …`."""
