"""`self install`: put the running file where PATH finds it."""

from __future__ import annotations

import os

from homelab.errors import DONE, NO, USAGE, Failure
from homelab.output.answer import Column, Table
from homelab.system import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context
    from homelab.install.layout import Prefix

COLUMNS = (Column("state"), Column("path"))
_COMPLETION = {
    "bash": "share/bash-completion/completions/homelab",
    "zsh": "share/zsh/site-functions/_homelab",
    "fish": "share/fish/vendor_completions.d/homelab.fish",
}
_MANUAL = "share/man/man1/homelab.1"


def install(context: Context, arguments: Values) -> Table:
    """Install the running file below a prefix, or remove what is installed there."""
    from homelab.install import hints, layout, local

    prefix = layout.Prefix(_whole_path(context, arguments.prefix))
    if arguments.uninstall:
        return _uninstalled(context, prefix)
    copy = layout.running(context.program)
    shells = [shell for shell in _COMPLETION if hints.is_there(shell, context.env)]
    extras = _extras(context, shells)
    done, notes = local.install(copy, prefix, extras, context.env, arguments.unverified)
    return Table(
        "homelab.self-install/1",
        COLUMNS,
        list(done),
        facts={"version": copy.version, "build": copy.build},
        notes=(*notes, *hints.left(prefix, shells, context.env)),
    )


def _whole_path(context: Context, folder: str) -> str:
    """Return the absolute path of a prefix. Raises Failure (2)."""
    if folder == "~" or folder.startswith("~/"):  # sh does not expand the ~ in --prefix=~/.local
        home = paths.home(context.env)
        if not home:
            raise Failure(USAGE, f"--prefix: {folder!r} is in a home directory that does not exist")
        folder = home + folder[1:]
    try:
        return os.path.abspath(folder)
    except FileNotFoundError:
        what = (
            f"{folder!r} is a relative path, and the working directory was deleted; use an"
            " absolute path"
        )
        raise Failure(USAGE, f"--prefix: {what}") from None


def _uninstalled(context: Context, prefix: Prefix) -> Table:
    from homelab.install import local

    done = local.uninstall(prefix, _extras(context, list(_COMPLETION)))
    left = [prefix.link] if done and os.path.lexists(prefix.link) else []
    notes = [f"{path} was not installed by self install; it was not removed" for path in left]
    env = context.env
    own = (os.path.dirname(paths.user_settings(env)), paths.state(env), paths.user_verbs(env))
    kept = [path for path in own if path and os.path.exists(path)]
    if done and kept:
        notes.append(f"your settings, counts and verbs are kept in {', '.join(kept)}")
    return Table(
        "homelab.self-install/1",
        COLUMNS,
        list(done),
        notes=tuple(notes),
        empty=f"homelab is not installed below {prefix.folder}",
        code=DONE if done else NO,
    )


def _extras(context: Context, shells: list[str]) -> dict[str, str]:
    """The files installed beside the program, by path below the prefix."""
    from homelab.describe import manpage
    from homelab.describe.environment import variables
    from homelab.describe.pages import topics
    from homelab.describe.shell_completion import SHIMS

    texts = {_COMPLETION[shell]: SHIMS[shell] for shell in shells}
    return {**texts, _MANUAL: manpage.page(context.built_in, variables(), topics())}
