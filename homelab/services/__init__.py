"""Services that answer over HTTP."""
