"""Everything generated from verb descriptions: help, manual page, completion, manifest."""
