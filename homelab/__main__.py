"""The entry: as little as possible, so that Ctrl-C during the other imports shows no traceback."""

from __future__ import annotations

import gc
import os
import sys

_COLLECT = 20_000  # objects; at the default of 700, a start would look for cycles six times


def main(program: str = "") -> None:
    """Run the command line in sys.argv and end the process. `program` is the path of the running
    file."""
    gc.set_threshold(_COLLECT)
    try:
        from homelab.main import main as run

        run(sys.argv[1:], program or os.path.abspath(sys.argv[0]))
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
