"""`python3 build.py fuzz [--minutes N] [TARGET...]`: search for inputs that break a pure parser.

Every target is searched in turn, with a new seed. An input that breaks one is shortened as far as
possible and kept in .build/fuzz; the command that tries it again is printed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import time

from support.world import ROOT

from fuzz.target import Broken, Search, Target, place_of
from fuzz.targets import BY_NAME, TARGETS

_SLICE = 10  # a tenth of a target's inputs are tried before the next target's turn
_FOLDER = ROOT / ".build" / "fuzz"


def main() -> int:
    parser = argparse.ArgumentParser(prog="build.py fuzz", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long (default: 5)")
    parser.add_argument("--input", metavar="FILE", help="try this input of one target, and no more")
    parser.add_argument("target", nargs="*", metavar="TARGET", help="its name, or how names begin")
    arguments = parser.parse_args()
    starts = tuple(arguments.target)
    chosen = [target for target in TARGETS if not starts or target.name.startswith(starts)]
    if arguments.input:
        chosen = [BY_NAME[name] for name in starts if name in BY_NAME]
    if not chosen or (arguments.input and len(chosen) > 1):
        parser.error(f"name a target: {', '.join(BY_NAME)}")
    if arguments.input:
        with open(arguments.input, "rb") as file:
            chosen[0].check(file.read())
        print(f"{chosen[0].name}: {arguments.input} does not break it")
        return 0
    return _searched(chosen, time.monotonic() + 60 * arguments.minutes)


def _searched(targets: list[Target], end: float) -> int:
    """Search until the moment `end` (monotonic, s) or Ctrl-C, at least once; return the exit
    code."""
    searches = [Search(target, str(random.getrandbits(64))) for target in targets]
    counts = dict.fromkeys(searches, 0)
    broken: dict[Search, set[str]] = {search: set() for search in searches}
    try:
        while True:
            for search in searches:
                count = max(search.target.inputs // _SLICE, 1)
                counts[search] += count
                try:
                    search.run(count)
                except Broken as error:
                    _report(search.target, error, broken[search])
            if time.monotonic() >= end:
                break
    except KeyboardInterrupt:
        pass
    for search, count in counts.items():
        ways = f"  BROKEN in {len(broken[search])} ways" if broken[search] else ""
        print(f"{search.target.name:32} {count:9} inputs {len(search.reached):5} lines{ways}")
    return int(any(broken.values()))


def _report(target: Target, error: Broken, known: set[str]) -> None:
    """Print the error of a target and how to try it again, once for each place that raises it."""
    cause = error.__cause__ or error
    place = place_of(cause)
    if place in known:
        return
    known.add(place)
    _FOLDER.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(error.data).hexdigest()[:8]
    path = _FOLDER / f"{target.name.replace(':', '-')}-{digest}"
    path.write_bytes(error.data)
    said = str(cause).split("\n")[0][:200]
    print(f"{target.name} is broken by {error.data[:200]!r}\n  {place}: {said}")
    shown = os.path.relpath(path, ROOT)
    print(f"  again: python3 build.py fuzz --input {shown} {target.name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
