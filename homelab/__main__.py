"""The entry: as little as can be, so that Ctrl-C while the rest is imported is no traceback."""

from __future__ import annotations

import os
import sys


def main(program: str = "") -> None:
    """Run what sys.argv says and end the process. `program` is the path of the running file."""
    try:
        from homelab.main import main as run

        run(sys.argv[1:], program or os.path.abspath(sys.argv[0]))
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
