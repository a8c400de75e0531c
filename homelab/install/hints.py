"""Hints after an installation: how to make shells find the command and its completion."""

from __future__ import annotations

import os

from homelab.install.layout import shadowing
from homelab.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.install.layout import Prefix

# where a shell looks for completion without XDG_DATA_DIRS, in addition to the account's own folder
_BUILT_IN = {"bash": ("/usr/local/share", "/usr/share"), "fish": ("/usr/share",)}
_BY_HAND = {
    "bash": "'source <(homelab completion bash)' into ~/.bashrc",
    "fish": "'homelab completion fish | source' into ~/.config/fish/config.fish",
}


def _path(env: Mapping[str, str]) -> str:
    return env.get("PATH", os.defpath)


def is_there(program: str, env: Mapping[str, str]) -> bool:
    """Whether a program is in PATH."""
    return shadowing(f"/{program}", _path(env)) != "-"


def left(prefix: Prefix, shells: list[str], env: Mapping[str, str]) -> list[str]:
    """A sentence for each step left to do, for the command and the completion of `shells`."""
    told = []
    first = shadowing(prefix.link, _path(env))
    folder = os.path.dirname(prefix.link)
    if first == "-":
        told.append(f"{folder} is not in PATH; add it, or run {prefix.link}")
    elif first:
        told.append(f"PATH finds {first} first; remove that, or put {folder} before it")
    share = f"{prefix.folder}/share"
    if "zsh" in shells and prefix.folder not in ("/usr/local", "/usr"):
        functions = f"{share}/zsh/site-functions"
        told.append(f"for completion in zsh, add fpath+=({functions}) before compinit")
    # even a relative one, which `paths` ignores: shells do not
    own = env.get("XDG_DATA_HOME") or f"{paths.home(env)}/.local/share"
    named = [path.rstrip("/") for path in env.get("XDG_DATA_DIRS", "").split(":") if path]
    told += [
        f"for completion in {shell}, add {share} to XDG_DATA_DIRS; or put {_BY_HAND[shell]}"
        for shell, usual in _BUILT_IN.items()
        if shell in shells and share not in (own, *(named or usual))
    ]
    return told
