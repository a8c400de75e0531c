"""`timer …`."""
