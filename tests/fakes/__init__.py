"""Servers that answer and refuse like the real ones."""
