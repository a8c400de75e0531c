"""What was run, and nothing else: counted, kept, sent, read back.

What writer, reader and fold of the journal share is here, because each counted run loads this
module anyway: one module more would cost it a quarter of what counting does.
"""

JOURNAL = "usage.log"
HISTORY = "usage.history"
FOLD_LOCK = "usage.lock"
FULL = 32 << 20  # bytes of the journal's lines: reading them takes a third of a second
