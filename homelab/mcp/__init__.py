"""The Model Context Protocol (modelcontextprotocol.io) over stdio: an agent calls verbs."""
