"""The commands that an account types in its shells: read histories, and group the commands."""
