"""Make a Loki client from the settings: address, credentials, trust."""

from __future__ import annotations

from homelab import __version__
from homelab.errors import UNCONFIGURED, Failure
from homelab.loki.address import Address
from homelab.loki.client import CONNECT, WAIT, Loki
from homelab.loki.transport import TlsFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.settings import Settings

_SECRET = 16 << 10  # bytes of a file with a password or token; a long token has two thousand
USER_AGENT = f"homelab/{__version__}"


def configured(
    settings: Settings, logcli: bool = False, connect: float = CONNECT, wait: float = WAIT
) -> Loki:
    """The Loki that the settings name. With `logcli`, logcli's variables supply the settings that
    are unset; `connect` and `wait` are bounds in s.

    Raises Failure (78) if no Loki is configured or a setting can't be used.
    """
    url = settings.value("loki.url", logcli)
    if not url.text:
        why = settings.refused()
        if why:
            raise Failure(UNCONFIGURED, f"no Loki is configured: {why}")
        raise Failure(
            UNCONFIGURED,
            "no Loki is configured; set HOMELAB_LOKI_URL, or url in [loki] of"
            " ~/.config/homelab/config.ini or /etc/homelab/config.ini",
        )
    # a credential for one Loki never goes to another: logcli's credentials go with logcli's
    # address, and ours with ours
    theirs = logcli and url.origin == "LOKI_ADDR"
    address = Address(url.text, settings.text("loki.lb") if not theirs else "", url.origin)

    def text(name: str) -> str:
        value = settings.value(name, logcli)
        return value.text if value.origin.startswith("LOKI_") == theirs else ""

    headers = {}
    if text("loki.tenant"):
        headers["X-Scope-OrgID"] = _header("loki.tenant", text("loki.tenant"))
    token = text("loki.token") or _secret("loki.token_file", text("loki.token_file"), wait)
    username = text("loki.username")
    if token:
        headers["Authorization"] = "Bearer " + _header("loki.token", token)
    elif username:
        password = text("loki.password") or _secret(
            "loki.password_file", text("loki.password_file"), wait
        )
        headers["Authorization"] = "Basic " + _basic(username, password)
    files = TlsFiles(
        text("loki.ca_file"), text("loki.client_cert_file"), text("loki.client_key_file")
    )
    return Loki(address, headers, USER_AGENT, files, connect, wait)


def _basic(username: str, password: str) -> str:
    from base64 import b64encode

    return b64encode(f"{username}:{password}".encode("utf-8", "surrogateescape")).decode("ascii")


def _secret(name: str, path: str, seconds: float) -> str:
    if not path:
        return ""
    from homelab.system import files, ownership  # late: most runs do not need them

    try:
        return files.content(path, _SECRET, seconds, trusted=True).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        if "/" not in path:  # it may be the secret itself
            raise Failure(
                UNCONFIGURED,
                f"{name} is not the path of a file; name the file that holds the secret",
            ) from None
        if isinstance(error, ownership.Untrusted):
            raise Failure(UNCONFIGURED, f"{name}: {path} is not read: {why}") from None
        raise Failure(
            UNCONFIGURED, f"{name}: {path} can't be read: {why}; name a file this account may read"
        ) from error


def _header(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise Failure(UNCONFIGURED, f"{name} has characters that are not allowed in an HTTP header")
    return value
