"""Copies of this file, on this host and on others."""
