"""Servers that answer, and refuse, as the real ones do."""
