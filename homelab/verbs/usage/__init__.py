"""`usage …`."""
