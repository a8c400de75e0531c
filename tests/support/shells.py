"""Nushell and atuin, whose histories tests read.

    python3 tests/support/shells.py        install them into .build/, if they are missing

Nushell comes from npm (see support/npm.py), atuin from PyPI (locks/shells.txt).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for a run by its path

from support import npm

NU = "node_modules/@nushell/linux-x64/bin/nu"  # npm has it only for this platform
ATUIN = Path(sys.executable).parent / "atuin"


def main() -> int:
    """Install both, unless the locked versions are installed."""
    sys.path.insert(0, str(npm.ROOT))
    import build

    build.environment("shells")
    return 0 if npm.install("nushell") else 1


def nu() -> str:
    """The path of nushell, if `has_nu()`."""
    return str(npm.place("nushell") / NU)


def has_nu() -> bool:
    """Whether the locked version of nushell is installed."""
    return npm.is_current("nushell") and os.access(nu(), os.X_OK)


def atuin() -> str:
    """The path of atuin, if `has_atuin()`: beside the Python that runs the tests."""
    return str(ATUIN)


def has_atuin() -> bool:
    """Whether atuin is installed."""
    return os.access(ATUIN, os.X_OK)


if __name__ == "__main__":
    sys.exit(main())
