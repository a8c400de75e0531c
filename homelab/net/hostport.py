"""Pure: parse ports of hosts: `nas.lan:22,80,443`, `[fd00::7]:8000-8010`."""

from __future__ import annotations

from homelab.net import masking

MOST = 1024  # ports in one word
ALL = 10_000  # ports in one run
_LAST = 65535


def ports(text: str) -> list[tuple[str, int]]:
    """Each host and port in `text`, in its order. Raises ValueError, which says what is wrong."""
    host, listed = _split(text)
    if not listed:
        shown = masking.masked(text, bare=True)
        raise ValueError(f"not HOST:PORT: {shown!r} (use nas.lan:22 or nas.lan:22,80,443)")
    found: list[int] = []
    for part in listed.split(","):
        first, dash, last = part.partition("-")
        low, high = _port(first), _port(last if dash else first)
        if low > high:
            raise ValueError(f"the range {part!r} is backwards (use {high}-{low})")
        found += range(low, high + 1)
        if len(found) > MOST:
            shown = masking.masked(text, bare=True)
            raise ValueError(f"{shown!r} has more than {MOST} ports; name fewer")
    return [(host, port) for port in dict.fromkeys(found)]


def dial(text: str) -> tuple[str, int]:
    """`10.0.0.5:8443` → host and port; the port is 0 if none is named. Raises ValueError."""
    host, port = _split(text)
    return host, _port(port) if port else 0


def _split(text: str) -> tuple[str, str]:
    """The host without brackets, and the text of the ports, "" if there is none."""
    shown = masking.masked(text, bare=True)
    host, colon, listed = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, listed = text, ""
    elif not listed:
        raise ValueError(f"{shown!r} has no port after its colon")
    if host.startswith("[") and host.endswith("]"):
        host = with_zone(host[1:-1])
        address = host.partition("%")[0]
        if ":" not in address or not all(sign in "0123456789abcdefABCDEF:." for sign in address):
            raise ValueError(f"{shown!r} has no IPv6 address in its brackets")
    elif ":" in host:
        raise ValueError(f"{shown!r}: an IPv6 address with a port is written [fd00::7]:443")
    if not host or not _is_host(host):
        raise ValueError(f"{shown!r} names no host; write it like nas.lan:22")
    return host, listed


def _is_host(host: str) -> bool:
    if host.isascii():
        return all(sign.isalnum() or sign in "-_.:%" for sign in host)
    from homelab.net import idna  # late: few names need its tables

    try:
        return bool(idna.to_ascii(host))
    except ValueError:
        return False


def with_zone(address: str) -> str:
    """An IPv6 address with its zone in the form for connecting, `fe80::1%eth0`; a `%` escaped as in
    URLs is decoded (RFC 6874, 2): `fe80::1%25eth0`. A zone that is only a number (`%25`, `%251`)
    stays as it is."""
    address, percent, zone = address.partition("%")
    while zone.startswith("25") and not zone.isdigit():
        zone = zone[2:]
    return address + percent + zone


def _port(digits: str) -> int:
    good = digits.isascii() and digits.isdigit() and len(digits) < 9
    if not good or not 0 < int(digits) <= _LAST:
        shown = masking.port(digits)
        raise ValueError(f"not a port: {shown!r} (use 1 to {_LAST})")
    return int(digits)


def written(host: str, port: int) -> str:
    """The text of host and port: `nas.lan:22`, `[fd00::7]:22`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
