"""Certificates: read from files and servers, and judged."""
