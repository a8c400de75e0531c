"""The text of a verb with `--output FILE`: into that file, or to stdout."""

from __future__ import annotations

import os

from homelab.errors import NO, Failure
from homelab.output.answer import Text
from homelab.system.files import save
from homelab.system.ownership import Untrusted

STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def answer(path: str, text: str) -> Text:
    """The answer of a verb with `--output FILE`: the text where that is stdout, else nothing, and
    the text is in the file. A new file is this account's alone to read: it has names of accounts.
    Raises Failure (1), and BrokenPipeError where the file is a pipe that nobody reads."""
    if path in STDOUT:
        return Text(text)
    try:
        save(path, text.encode("utf-8", "backslashreplace"), 0o600)
    except BrokenPipeError:
        raise
    except Untrusted as error:
        where = "" if error.component == os.path.abspath(path) else f"{error.component}: "
        raise Failure(
            NO,
            f"{path} is not written: {where}{error.why}; choose another --output, or - for stdout",
        ) from None
    except OSError as error:
        why = error.strerror or str(error)
        folder = os.path.dirname(path)
        if isinstance(error, FileNotFoundError) and folder and not os.path.exists(folder):
            why = f"there is no folder {folder}"
        raise Failure(
            NO, f"{path} can't be written: {why}; choose another --output, or - for stdout"
        ) from None
    return Text("")
