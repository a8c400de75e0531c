"""Make a Loki client from the settings: address, credentials, trust."""

from __future__ import annotations

from homelab import __version__
from homelab.errors import UNCONFIGURED, Failure
from homelab.loki.address import Address
from homelab.loki.client import CONNECT, WAIT, Loki
from homelab.loki.diagnosis import Sent
from homelab.loki.transport import TlsFiles
from homelab.settings import Value, named
from homelab.texts import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from homelab.settings import Settings

_TLS = ("ca_file", "client_cert_file", "client_key_file")
_STRONGEST = ("environment", "user", "system", "baked", "default").index
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

    def value(name: str) -> Value:
        value = settings.value(f"loki.{name}", logcli)
        return value if value.origin.startswith("LOKI_") == theirs else Value("", "default", "")

    tenant = value("tenant").text
    authorization, user, secret = _authorization(value, wait)
    headers = {"X-Scope-OrgID": _header("loki.tenant", tenant)} if tenant else {}
    if authorization:
        headers["Authorization"] = authorization
    ca, cert, key = paths = [value(name) for name in _TLS]
    origins = {f"loki.{name}": path.origin for name, path in zip(_TLS, paths)}
    files = TlsFiles(ca.text, cert.text, key.text, origins=origins)
    sent = Sent(user, secret, tenant, files.named("loki.ca_file") if files.ca else "")
    return Loki(address, headers, USER_AGENT, files, connect, wait, sent)


def _authorization(value: Callable[[str], Value], seconds: float) -> tuple[str, str, str]:
    """The header Authorization, the user that it names ("" with a token), and its secret for
    messages; empty texts if no credentials are set. Of a user and a token, the one of the stronger
    layer is sent."""
    token, token_file, user, password, password_file = (
        value(name) for name in ("token", "token_file", "username", "password", "password_file")
    )
    bearer, name = (token, "loki.token") if token.text else (token_file, "loki.token_file")
    if bearer.text and user.text and bearer.source == user.source:
        what = f"{named(name, bearer.origin)} and {named('loki.username', user.origin)} are both"
        raise Failure(UNCONFIGURED, f"{what} set; remove one of them")
    if bearer.text and not (user.text and _STRONGEST(user.source) < _STRONGEST(bearer.source)):
        text = token.text or _secret(name, token_file, seconds)
        shown = f"the bearer token in {_place(token, token_file)}"
        return "Bearer " + _header(name, text), "", shown
    if user.text:
        if not (password.text or password_file.text):
            what = f"{named('loki.username', user.origin)} is set, and no password is"
            raise Failure(UNCONFIGURED, f"{what}; set loki.password_file to the file that holds it")
        text = password.text or _secret("loki.password_file", password_file, seconds)
        shown = f"the password in {_place(password, password_file)}"
        return "Basic " + _basic(user.text, text), printable(user.text), shown
    for name, secret in (("loki.password", password), ("loki.password_file", password_file)):
        if secret.text and not bearer.text:
            what = f"{named(name, secret.origin)} is set, and loki.username is not"
            raise Failure(UNCONFIGURED, f"{what}; set both")
    return "", "", ""


def _place(direct: Value, file: Value) -> str:
    """Where a secret is, for messages: the variable, or the file and where that is set. A path that
    may be the secret itself is not shown."""
    if direct.text:
        return direct.origin
    return f"{printable(file.text)} ({file.origin})" if "/" in file.text else f"({file.origin})"


def _basic(username: str, password: str) -> str:
    from base64 import b64encode

    return b64encode(f"{username}:{password}".encode("utf-8", "surrogateescape")).decode("ascii")


def _secret(name: str, file: Value, seconds: float) -> str:
    """The secret in the file of a setting. Raises Failure (78) if it can't be read, or is empty."""
    from homelab.loki.setting_file import unread  # late: most runs do not need them
    from homelab.system import files

    setting = named(name, file.origin)
    try:
        text = files.content(file.text, _SECRET, seconds, trusted=True).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise unread(setting, file.text, OSError("not text")) from None
    except OSError as error:
        raise unread(setting, file.text, error) from error
    if not text:
        shown = file.text if "/" in file.text else "the file"
        raise Failure(UNCONFIGURED, f"{setting}: {shown} is empty; write the secret into it")
    return text


def _header(name: str, value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise Failure(UNCONFIGURED, f"{name} has characters that are not allowed in an HTTP header")
    return value
