"""Pending updates, asked of the host's package managers."""
