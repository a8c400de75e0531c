"""The sentence for a setting whose file can't be read: which setting, and what to do."""

from __future__ import annotations

from homelab.errors import UNCONFIGURED, Failure


def unread(setting: str, path: str, error: OSError, secret: bool = True) -> Failure:
    """The failure (78) for an error at the file of a setting (as `settings.named` shows it). The
    path of a `secret` may be the secret itself, and then is not shown."""
    from homelab.system import ownership

    if secret and "/" not in path:
        what = f"{setting} is not the path of a file; name the file that holds the secret"
    elif isinstance(error, ownership.Untrusted):
        what = f"{setting}: {path} is not read: {error.strerror}"
    else:
        what = f"{setting}: {path} can't be read: {error.strerror or error}; {_advice(path, error)}"
    return Failure(UNCONFIGURED, what)


def _advice(path: str, error: OSError) -> str:
    if path.startswith("~"):
        return "write the whole path; ~ is not expanded"
    if isinstance(error, FileNotFoundError) and not path.startswith("/"):
        return "write the whole path, from / on"
    if isinstance(error, PermissionError):
        import os

        from homelab.system import accounts

        whom = accounts.name(os.geteuid())
        return f"let account {whom} read it (homelab help loki-setup, Several accounts)"
    return "name a file this account may read"
