"""Other hosts over ssh: their names, groups and lists, the shell there, and its answers."""
