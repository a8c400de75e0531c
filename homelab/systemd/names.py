"""Pure: the names of units, as people type them (systemd.unit(5), systemd-escape(1))."""

from __future__ import annotations

_KINDS = frozenset(
    "automount device mount path scope service slice socket swap target timer".split()
)
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_.")
_LONGEST = 255  # bytes, in systemd's unit-name.h


def full(name: str, kind: str = "service") -> str:
    """The full name of a unit: `ssh` → `ssh.service`, `/srv/media` → `srv-media.mount`. Raises
    ValueError, whose text says what is wrong with the name."""
    if name.startswith("/"):
        name = f"{escaped(name)}.{'device' if name.startswith('/dev/') else 'mount'}"
    elif name.rpartition(".")[2] not in _KINDS:
        name += f".{kind}"
    before, _, ending = name.rpartition(".")
    if any(sign in name for sign in "*?[]"):
        raise ValueError("a pattern does not say which units must be there; name each of them")
    if not before or any(sign not in _PLAIN and sign not in "\\@-" for sign in before):
        raise ValueError("not a unit name: use letters, digits and : _ . \\ @ -")
    if len(name) > _LONGEST:
        raise ValueError(f"a unit name has at most {_LONGEST} characters")
    if before.startswith("@"):
        raise ValueError("not a unit name: nothing is before the @")
    if before.endswith("@"):
        raise ValueError(f"a template does not run; name an instance, such as {before}1.{ending}")
    return name


def escaped(path: str) -> str:
    """A path as in the name of its unit, like systemd-escape --path: `/srv/my data` →
    `srv-my\\x20data`."""
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "-"
    letters = []
    for number, byte in enumerate("/".join(parts).encode("utf-8", "surrogateescape")):
        sign = chr(byte)
        if sign == "/":
            letters.append("-")
        elif sign in _PLAIN and not (sign == "." and number == 0):
            letters.append(sign)
        else:
            letters.append(f"\\x{byte:02x}")
    return "".join(letters)
