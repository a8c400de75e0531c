"""The entry: as little as can be, so that Ctrl-C while the rest is imported is no traceback."""

from __future__ import annotations

import gc
import os
import sys

_COLLECT = 20_000  # objects; from 700 on, a start alone would be searched for cycles six times


def main(program: str = "") -> None:
    """Run what sys.argv says and end the process. `program` is the path of the running file."""
    gc.set_threshold(_COLLECT)
    try:
        from homelab.main import main as run

        run(sys.argv[1:], program or os.path.abspath(sys.argv[0]))
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
