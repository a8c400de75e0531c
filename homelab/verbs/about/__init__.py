"""`completion`, `config`, `help`, `manifest`, `mcp`, `version`."""
