"""`self unpack`: write the settings and own verbs that `self push` sent."""

from __future__ import annotations

from homelab.errors import DONE, NO, USAGE, Failure
from homelab.install import bundle, unpacking
from homelab.output.answer import Column, Table
from homelab.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

COLUMNS = (
    Column("file", of="name"),
    Column("result"),
    Column("place", flexible=True),
    Column("detail"),
)
_ARCHIVE = bundle.LARGEST + bundle.MOST * 4096  # bytes, with the headers of its files


def unpack(context: Context, arguments: Values) -> Table:
    """Write the files of an archive. Raises Failure (2) if it is not one of `self push`."""
    path = arguments.file
    try:
        carried = bundle.unpacked(files.content(path, _ARCHIVE, trusted=True))
    except OSError as error:
        raise Failure(USAGE, f"{path} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise Failure(USAGE, f"{path}: {error}") from None
    written = unpacking.write_all(carried, context.env, arguments.replace)
    good = all(each.result in unpacking.GOOD for each in written)
    return Table(
        "homelab.self-unpack/1",
        COLUMNS,
        written,
        code=DONE if good else NO,
    )
