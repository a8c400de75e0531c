"""`service …`."""
