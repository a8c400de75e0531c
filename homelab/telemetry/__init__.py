"""Telemetry: which verbs ran, and nothing else; it is counted, kept, sent and read back.

The code that the writer, the reader and the fold of the journal share is here, because each counted
run loads this module anyway: one more module would take a quarter of the time of counting.
"""

JOURNAL = "usage.log"
HISTORY = "usage.history"
FOLD_LOCK = "usage.lock"
FULL = 32 << 20  # bytes of the journal's lines: reading them takes a third of a second
