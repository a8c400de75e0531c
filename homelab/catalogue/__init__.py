"""The description of a verb, its arguments, and how words find it. No verb is imported here."""
