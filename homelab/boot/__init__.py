"""How the file starts: from any shell, by any Python, in place."""
