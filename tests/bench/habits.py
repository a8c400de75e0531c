"""Shell histories of many entries: `usage habits` against awk, which counts the first two words of
each. Part of `build.py bench`."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping

_APPS = ("plex", "sonarr", "nginx", "loki", "pihole", "grafana", "immich", "gitea")
_TYPED = (
    ("docker logs -f {app}", 20), ("docker ps", 15), ("docker compose up -d {app}", 9),
    ("systemctl restart {app}", 8), ("sudo journalctl -u {app} -f", 6), ("ssh {app}.lan", 5),
    ("zpool status", 4), ("docker ps | grep {app}", 4), ("cd /srv/{app}", 12), ("ls -la", 10),
    ("vim {app}-{number}.yml", 10), ("curl -sS https://{app}.lan/{number} | jq '.a[]'", 3),
    ("for i in 1 2 3; do ping -c 1 192.168.1.$i; done", 2), ("git commit -m 'part {number}'", 8),
    ("export EDITOR=vim", 1), ("mysql -u root -p{app}{number} {app}", 1),
)  # fmt: skip
_AWK = """
substr($0, 1, 1) == "#" { day[int(substr($0, 2) / 86400)]; next }
{ runs[$1 " " $2]++ }
END { for (words in runs) print runs[words], words }
"""


def history(home: str, entries: int) -> list[str]:
    """Write a bash history with times into this home; returns the awk command that counts it."""
    rng = random.Random(21)
    texts, weights = zip(*_TYPED)
    path = os.path.join(home, ".bash_history")
    with open(path, "w") as file:
        for number, text in enumerate(rng.choices(texts, weights, k=entries)):
            line = text.format(app=rng.choice(_APPS), number=rng.randrange(1000))
            file.write(f"#{1_600_000_000 + number * 90}\n{line}\n")
    return ["awk", _AWK, path]


def against_awk(pyz: str, env: Mapping[str, str], folder: str) -> None:
    """Compare with 51,000 entries and with a million."""
    from bench.start import Command, pair

    for entries, name in ((51_000, "51,000"), (1_000_000, "1,000,000")):
        home = os.path.join(folder, str(entries))
        os.makedirs(home)
        awk = Command("awk, two words", history(home, entries), env)
        ours = Command(
            f"usage habits of {name}", [pyz, "usage", "habits", "--yes"], {**env, "HOME": home}
        )
        pair(ours, awk, runs_of_each=10)
