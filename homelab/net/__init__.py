"""Talking to others, every step bounded in time and size."""
