"""Switch apt's own cache on for a run of tests if this machine has it off, as Docker's images of
Debian do (/etc/apt/apt.conf.d/docker-clean): without it each apt parses all lists again."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OFF = re.compile(r'^Dir::Cache::(?:src)?pkgcache "";$', re.MULTILINE)
_PARTS = Path("/etc/apt/apt.conf.d")


@contextlib.contextmanager
def cached() -> Iterator[dict[str, str]]:
    """The variables to add to an environment (see apt.conf(5)): all settings are this machine's
    except the place of the cache. Every account can read it."""
    if not shutil.which("apt-config") or not _OFF.search(_dump()):
        yield {}
        return
    folder = Path(tempfile.mkdtemp(prefix="homelab-apt-"))
    try:
        folder.chmod(0o755)
        (folder / "cache/archives/partial").mkdir(parents=True)
        (folder / "parts").mkdir()
        for part in _PARTS.iterdir():
            text = _OFF.sub("", part.read_text(encoding="utf-8"))
            (folder / "parts" / part.name).write_text(text, encoding="utf-8")
        settings = folder / "apt.conf"
        settings.write_text(f'Dir::Etc::parts "{folder}/parts";\nDir::Cache "{folder}/cache";\n')
        yield {"APT_CONFIG": str(settings)}
    finally:
        shutil.rmtree(folder)


def _dump() -> str:
    command = ["apt-config", "dump"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
