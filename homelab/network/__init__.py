"""Asking other hosts and sockets, a step at a time, each step bounded."""
