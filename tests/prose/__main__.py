"""`python -m prose [FILE…]`: name the phrases to rewrite; exit code 1 if there are any."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from prose import findings, phrases

# Data, not prose: words that people type, and texts of others.
DATA = (
    "homelab/dropins/comments.py",
    "homelab/habits/public_words.py",
    "tests/dropins/test_comments.py",
    "tests/prose/",
)


def main(words: list[str]) -> int:
    listed = (
        words
        or subprocess.check_output(
            ["git", "ls-files", "*.py", "*.md"], text=True, encoding="utf-8"
        ).splitlines()
    )
    avoided = phrases()
    count = 0
    for name in listed:
        if name.startswith(DATA):
            continue
        for line, said, instead in findings(Path(name), avoided):
            count += 1
            sys.stdout.write(f"{name}:{line}: {said!r}: write: {instead}\n")
    sys.stdout.write(f"prose: {count} phrases to rewrite in {len(listed)} files\n")
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
