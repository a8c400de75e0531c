"""Pure: print the answers of verbs, as columns, JSON or CSV."""
