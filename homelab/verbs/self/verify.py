"""`self verify`: whether a signer that the running copy trusts signed another copy."""

from __future__ import annotations

from homelab.errors import DONE, NO, UNCONFIGURED, UNREACHABLE, Failure
from homelab.install import signature
from homelab.install.signature import Verdict
from homelab.install.signers import NO_SIGNERS, REFUSED, UNKNOWN, VERIFIED, signers
from homelab.output.answer import Column, Table
from homelab.system import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.catalogue.values import Values
    from homelab.context import Context

COLUMNS = (Column("state"), Column("signer"), Column("key"))
_CODES = {VERIFIED: DONE, REFUSED: NO, UNKNOWN: UNREACHABLE, NO_SIGNERS: UNCONFIGURED}


def verify(context: Context, arguments: Values) -> Table:
    """Check the signature of a copy with the signers of the running one."""
    path = arguments.file
    try:
        data = files.content(path, signature.FILE)
    except OSError as error:
        raise Failure(NO, f"{path} can't be read: {error.strerror}") from None
    baked = context.settings.text("self.signers")  # only the build can have set it
    if baked:
        verdict = signature.verdict(path, data, signers(baked), context.env)
    else:
        what = f"{path} can't be verified: this copy of homelab has no signers"
        verdict = Verdict(NO_SIGNERS, f"{what}; build.py --site adds them, as self.signers")
    return Table(
        "homelab.self-verify/1",
        COLUMNS,
        [verdict],
        facts={"path": path},
        notes=(verdict.sentence,) * bool(verdict.sentence),
        code=_CODES[verdict.state],
    )
