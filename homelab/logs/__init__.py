"""Log lines: how they are asked for, and how they are shown."""
