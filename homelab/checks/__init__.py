"""`homelab check`: the `[checks]` section, its ignores, own checks, and the table of results."""
