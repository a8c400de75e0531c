"""Drop-in verbs: executable files whose path below a verbs folder is the verb."""
