"""Nushell and atuin, whose histories tests read.

    python3 tests/support/shells.py        put them into .build/, where they are missing

Nushell comes from npm (see support/npm.py), atuin from PyPI (locks/shells.txt).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for when it is run by its path

from support import npm

NU = "node_modules/@nushell/linux-x64/bin/nu"  # npm has it for this platform alone
ATUIN = Path(sys.executable).parent / "atuin"


def main() -> int:
    """Install both, unless what is locked is there."""
    sys.path.insert(0, str(npm.ROOT))
    import build

    build.environment("shells")
    return 0 if npm.install("nushell") else 1


def nu() -> str:
    """The path of nushell, where `has_nu()`."""
    return str(npm.place("nushell") / NU)


def has_nu() -> bool:
    """Whether nushell, as it is locked now, is there."""
    return npm.is_current("nushell") and os.access(nu(), os.X_OK)


def atuin() -> str:
    """The path of atuin, where `has_atuin()`: beside the Python that runs the tests."""
    return str(ATUIN)


def has_atuin() -> bool:
    """Whether atuin is there."""
    return os.access(ATUIN, os.X_OK)


if __name__ == "__main__":
    sys.exit(main())
