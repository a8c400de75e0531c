"""A Loki that answers as the real one did in tests/loki/transcripts.json."""
