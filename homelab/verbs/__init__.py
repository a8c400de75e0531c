"""The built-in verbs, a module for each family; each is imported when one of its verbs runs."""
