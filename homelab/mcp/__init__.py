"""`mcp`: the verbs as tools of the Model Context Protocol, over stdin and stdout."""
