"""`on`: a verb on other hosts."""
