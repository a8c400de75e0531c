"""What to say of a file that words name and that is no verb."""

from __future__ import annotations

import os

from homelab.dropins.kinds import is_skipped
from homelab.texts import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.dropin import VerbFolder


def sentence(path: str, why: str, folder: VerbFolder) -> str:
    """Which file in a folder of verbs the words name, why it is no verb, and what makes it one."""
    return f"{path} is not a verb: {why}; {fix(path, why, folder)}"


def fix(path: str, why: str, folder: VerbFolder) -> str:
    """What makes a verb of the file at `path`, which for the reason `why` is none."""
    inside = path[len(folder.path) + 1 :].split("/")[:-1] if folder.adopted else []
    below = [depth for depth, name in enumerate(inside, 1) if is_skipped(name)]
    if below:
        place = "/".join([folder.path, *inside[: below[0]]])
        prefix = "/".join((*folder.prefix, os.path.basename(place)))
        return f"homelab verbs add {quoted(place)} --as {quoted(prefix)} adds that folder"
    if "#!" in why or "empty" in why:
        return "begin it with a line like #!/bin/sh"
    if "regular" in why or "leads nowhere" in why:
        return "put a script there"
    return "rename it"
