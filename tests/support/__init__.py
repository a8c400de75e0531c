"""Helpers that several tests use: hosts of their own, terminals, proxies, generated runs."""
