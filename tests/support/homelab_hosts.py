"""Hosts with homelab installed, for `on`: real sshds, each with a home, PATH and login of its
own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from support.sshd import Lab, with_accounts
from support.world import World

PYTHON = str(Path(sys.executable).parent)
TOOLS = ("sh", "cat", "cut", "echo", "id", "ls", "readlink", "printf", "date", "true")


def only(folder: Path, *programs: str) -> str:
    """A folder for PATH with these programs and no others."""
    folder.mkdir()
    for name in programs:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return str(folder)


def host(
    world: World,
    lab: Lab,
    name: str,
    *,
    path: str = "",
    login_shell: str = "/bin/sh",
    login: str = "",
    stub: str = "",
    missing: bool = False,
) -> Path:
    """Add a host whose root has a home of its own, which is returned. ~/.local/bin/homelab is the
    built file, or the script `stub`, unless it is `missing`; `login` is run by each login."""
    home = world.folder / name
    binary = home / ".local/bin/homelab"
    binary.parent.mkdir(parents=True)
    if not missing:
        binary.write_text(stub) if stub else shutil.copy(world.pyz, binary)
        binary.chmod(0o755)
    for start in (".bashrc", ".zshenv", ".cshrc", ".config/fish/config.fish") if login else ():
        (home / start).parent.mkdir(parents=True, exist_ok=True)
        (home / start).write_text(login + "\n")
    entries = Path("/etc/passwd").read_text().splitlines()
    passwd = world.folder / f"{name}.passwd"
    passwd.write_text(
        "".join(f"{line}\n" for line in entries if not line.startswith("root:"))
        + f"root:*:0:0:root:{home}:{login_shell}\n"
    )
    path = f"{binary.parent}:{path or f'{PYTHON}:/usr/bin:/bin'}"
    lab.add(name, f"SetEnv PATH={path}", setup=with_accounts(passwd))
    return home
