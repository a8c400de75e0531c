"""Write the output of a job's last run into a file as it comes, so that `job show` has it during
the run."""

from __future__ import annotations

import os

from homelab.jobs.kept_output import Kept
from homelab.jobs.store import OUTPUT
from homelab.system import files
from homelab.system.ownership import own_file

MOST = 1 << 21  # bytes of the file; beyond this it is cut down to the kept part


class OutputFile(Kept):
    """Output that is kept in memory, and also written to the job's file in `folder`. If writing
    fails, the job goes on, and `why` has the reason."""

    def __init__(self, folder: str, name: str) -> None:
        super().__init__()
        self._folder = folder
        self._name = name + OUTPUT
        self._file = -1
        self._size = 0
        self.why = ""
        self._renew()

    def keep(self, piece: bytes) -> None:
        """Add the next piece of output."""
        super().keep(piece)
        if self._file < 0:
            return
        self._size += len(piece)
        if self._size > MOST:
            self._renew()
            return
        try:
            while piece:
                piece = piece[os.write(self._file, piece) :]
        except OSError as error:
            self._lose(error)

    def finish(self) -> None:
        """Write the rest: afterwards the file has the same content as `whole` returns."""
        if self._file >= 0 and len(self.whole()) != self._size:
            self._renew()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _renew(self) -> None:
        """Write the kept output into a new file, which replaces the old one."""
        text = self.whole()
        try:
            files.write(f"{self._folder}/{self._name}", text, 0o600)
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
            self._file = own_file(self._folder, self._name, flags)
            self._size = len(text)
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        self.why = error.strerror or str(error)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        remove(self._folder, self._name[: -len(OUTPUT)])  # a part must not pass for the whole


def remove(folder: str, name: str) -> None:
    """Delete the output of an earlier run if this run keeps none. Errors are ignored: nothing more
    can be done."""
    try:
        os.unlink(f"{folder}/{name}{OUTPUT}")
    except OSError:
        pass
