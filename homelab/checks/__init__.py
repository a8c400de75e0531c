"""`homelab check`: the `[checks]` section, its ignores, own checks, and one table of all results."""
