"""`container …`."""
