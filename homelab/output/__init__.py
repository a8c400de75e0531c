"""Pure: what verbs answer, as columns, JSON or CSV."""
