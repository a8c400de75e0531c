"""What was run, and nothing else: counted, kept, sent, read back."""
