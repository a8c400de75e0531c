"""Backups: the newest one of each source, asked of the tool that made it."""
