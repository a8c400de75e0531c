"""The counts that this account keeps of each Loki's closed days, in its cache."""

from __future__ import annotations

from homelab.errors import NO, Failure
from homelab.system import cache_file, paths
from homelab.system.ownership import Untrusted
from homelab.usage import kept_text
from homelab.usage.kept_text import Kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_BEGINNING = "usage-"
_FORM = "usage-days/1"
_MOST = 16 << 20  # bytes of text


def read(env: Mapping[str, str], identity: str) -> Kept:
    """The counts kept of the Loki with this identity (its address and tenant); empty if there are
    none, or if they can't be used: then `lost` has the reason."""
    key = _hash(identity)
    kept = Kept()
    try:
        return kept_text.parse(cache_file.read(env, _name(key), _FORM, _MOST), key)
    except FileNotFoundError:
        pass
    except OSError as error:
        kept.lost = error.strerror or str(error)
    except kept_text.Refused as refused:
        kept.lost = str(refused)
    return kept


def write(env: Mapping[str, str], identity: str, kept: Kept) -> str:
    """Keep the counts for later runs; returns "" or why they can't be kept. With over 400,000
    figures, or 16 MiB of text, only the newest days are kept."""
    key = _hash(identity)
    most = kept_text.MOST_FIGURES
    text = kept_text.dumps(kept, key, most)
    while len(text) > _MOST and most:  # the names are long
        most //= 2
        text = kept_text.dumps(kept, key, most)
    return cache_file.write(env, _name(key), _FORM, text, _MOST)


def names(env: Mapping[str, str]) -> list[str]:
    """The names of the files that `forget` would delete. Raises Failure (1) if they can't be
    listed."""
    try:
        return cache_file.names(env, _BEGINNING)
    except OSError as error:
        raise _undeletable(env, error) from None


def forget(env: Mapping[str, str]) -> int:
    """Delete the counts kept of all Lokis; returns the number of files. Raises Failure (1) if one
    can't be deleted."""
    try:
        return len(cache_file.remove(env, _BEGINNING))
    except OSError as error:
        raise _undeletable(env, error) from None


def _undeletable(env: Mapping[str, str], error: OSError) -> Failure:
    place = paths.cache(env)
    why = error.strerror or str(error)
    if isinstance(error, Untrusted):
        return Failure(NO, f"nothing in {place} is touched: {why}")
    what = f"{place}/{error.filename}" if isinstance(error.filename, str) else place
    return Failure(NO, f"{what} can't be deleted: {why}; delete it by hand")


def _name(key: str) -> str:
    return _BEGINNING + key[:16]


def _hash(identity: str) -> str:
    """A hash of the identity: an address may hold a token, which must not be in a file's name."""
    from hashlib import sha256

    return sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
