"""Settings, each with its value and its origin.

Precedence: environment > user file > system file > built into this file > default. Exceptions: the
environment never turns a switch on; for telemetry.account (`choices`) the strictest value of all
files and the build wins; a `baked` setting comes from the build alone. The files have a parser of
their own: importing configparser takes a fifth of a bare Python's start, on every run, and it
cannot report the line of a wrong value.
"""

from __future__ import annotations

from homelab.errors import UNCONFIGURED, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

YES = ("1", "yes", "true", "on")
OFF = ("0", "no", "false", "off")


def says_yes(text: str) -> bool:
    """Whether the text of a switch turns it on."""
    return text.strip().lower() in YES


def read_only(env: Mapping[str, str]) -> bool:
    """Whether HOMELAB_READ_ONLY allows only verbs that read. An unknown value counts as yes."""
    return env.get("HOMELAB_READ_ONLY", "").strip().lower() not in ("", *OFF)


def of_account(env: Mapping[str, str]) -> Mapping[str, str]:
    """The environment without what `on` on another host set for this run only: that host counts it.
    HOMELAB_ON is the value that HOMELAB_TELEMETRY had before."""
    return {**env, "HOMELAB_TELEMETRY": env["HOMELAB_ON"]} if "HOMELAB_ON" in env else env


class Setting:
    """A setting. `name` is `section.key` of the files; `logcli` is the variable of Grafana's logcli
    that `logs` (and nothing else) reads if ours is unset. A `secret` is never printed, and never
    written in a settings file: the setting is the path of a file that holds it. A setting with
    `choices` has one of these values; the last one is the strictest, and wins in whichever layer it
    is. A `baked` setting is set when the file is built, and nowhere else."""

    __slots__ = (
        "baked",
        "choices",
        "default",
        "env",
        "kind",
        "logcli",
        "name",
        "secret",
        "summary",
    )

    def __init__(
        self,
        name: str,
        env: str,
        summary: str,
        default: str = "",
        kind: str = "text",
        logcli: str = "",
        secret: bool = False,
        choices: tuple[str, ...] = (),
        baked: bool = False,
    ) -> None:
        self.name = name
        self.env = env
        self.summary = summary
        self.default = default
        self.kind = kind
        self.logcli = logcli
        self.secret = secret
        self.choices = choices
        self.baked = baked


SETTINGS = (
    Setting("loki.url", "HOMELAB_LOKI_URL", "Loki's address", kind="url", logcli="LOKI_ADDR"),
    Setting(
        "loki.lb",
        "HOMELAB_LOKI_LB",
        "connect to this address instead: HOST or HOST:PORT",
        kind="host",
    ),
    Setting("loki.tenant", "HOMELAB_LOKI_TENANT", "X-Scope-OrgID", logcli="LOKI_ORG_ID"),
    Setting("loki.username", "HOMELAB_LOKI_USERNAME", "basic auth", logcli="LOKI_USERNAME"),
    Setting(
        "loki.password",
        "HOMELAB_LOKI_PASSWORD",
        "basic auth",
        logcli="LOKI_PASSWORD",
        secret=True,
    ),
    Setting("loki.password_file", "HOMELAB_LOKI_PASSWORD_FILE", "file with the password"),
    Setting(
        "loki.token", "HOMELAB_LOKI_TOKEN", "bearer token", logcli="LOKI_BEARER_TOKEN", secret=True
    ),
    Setting(
        "loki.token_file",
        "HOMELAB_LOKI_TOKEN_FILE",
        "file with the bearer token",
        logcli="LOKI_BEARER_TOKEN_FILE",
    ),
    Setting(
        "loki.ca_file",
        "HOMELAB_LOKI_CA_FILE",
        "file with the CA certificates to trust (PEM)",
        logcli="LOKI_CA_CERT_PATH",
    ),
    Setting(
        "loki.client_cert_file",
        "HOMELAB_LOKI_CLIENT_CERT_FILE",
        "file with the client certificate (PEM)",
        logcli="LOKI_CLIENT_CERT_PATH",
    ),
    Setting(
        "loki.client_key_file",
        "HOMELAB_LOKI_CLIENT_KEY_FILE",
        "file with the key of the client certificate (PEM)",
        logcli="LOKI_CLIENT_KEY_PATH",
    ),
    Setting(
        "telemetry.enabled",
        "HOMELAB_TELEMETRY",
        "count the runs of verbs; the variable can only switch it off",
        default="yes",
        kind="switch",
    ),
    Setting(
        "telemetry.vocabulary",
        "",
        "more words to count by name if they are not verbs",
        kind="words",
    ),
    Setting(
        "telemetry.personal",
        "HOMELAB_TELEMETRY_PERSONAL",
        "words: count an own script by the public word in its name; only the account can set it",
        kind="personal",
    ),
    Setting(
        "telemetry.journal_days",
        "",
        "days for which the journal keeps single runs; older runs become daily counts",
        default="400",
        kind="days",
    ),
    # A user may choose a pseudonym where the site sends names, but not names where it sends
    # pseudonyms.
    Setting(
        "telemetry.account",
        "",
        "the account in sent events: name, or pseudonym (a hash with account_key_file)",
        default="name",
        choices=("name", "pseudonym"),
    ),
    Setting(
        "telemetry.account_key_file",
        "",
        "file with the site's key for pseudonyms, the same on all hosts",
    ),
    # It changes only how Loki stores the same facts, so any layer may set it.
    Setting(
        "telemetry.account_as",
        "HOMELAB_TELEMETRY_ACCOUNT_AS",
        "where Loki stores the account: label, or metadata (for hundreds of accounts or more)",
        default="label",
        kind="account_as",
    ),
    # Anyone who can add a signer can have this file replaced.
    Setting(
        "self.signers",
        "",
        "who may sign the copy that replaces this one: NAME TYPE KEY, separated by commas",
        baked=True,
    ),
    Setting("verbs.path", "HOMELAB_VERBS_PATH", "more folders of drop-ins, separated by :"),
)
# Only the operator may allow more to be sent: not the environment, nor a user's own file.
OPERATORS = ("system", "baked")
_MOST_DAYS = 36_500  # a century
_LARGEST = 1 << 18  # characters of a settings file
BY_NAME = {setting.name: setting for setting in SETTINGS}
# Sections whose keys are lists: a key may be on several lines, and its subject (`checks/lines`,
# `remote/groups`) knows which keys there are.
LISTS = {
    "checks": "what `homelab check` checks, and what it ignores",
    "groups": "groups of hosts, for `homelab on @NAME`",
}


class Value:
    """A setting's text and its origin (`origin`, in words)."""

    __slots__ = ("origin", "source", "text")

    def __init__(self, text: str, source: str, origin: str) -> None:
        self.text = text
        self.source = source  # environment, user, system, baked, default
        self.origin = origin


class Entry:
    """A line of a section in LISTS: its key, its text, and its `origin` (`config.ini:12`)."""

    __slots__ = ("key", "origin", "text")

    def __init__(self, key: str, text: str, origin: str) -> None:
        self.key = key
        self.text = text
        self.origin = origin

    def words(self) -> list[str]:
        """The words of the text, divided as a shell does it, with quotes and backslashes. Raises
        ValueError with a sentence."""
        import shlex

        try:
            words = shlex.split(self.text)
        except ValueError as error:
            what = "a quote is not closed"
            if "quot" not in str(error).lower():
                what = "a backslash ends the line"
            raise ValueError(f"{what}; write a quote in pairs, or \\' for the character") from None
        if "\0" in self.text:
            raise ValueError("it contains a NUL character; remove that")
        # a word in quotes has its quote in front of the #
        text = self.text.replace("\t", " ")
        if any(word[0] == "#" and f" {word}" in text for word in words if word):
            raise ValueError("a comment follows the value; move the comment to a line of its own")
        return words


def named(name: str, origin: str) -> str:
    """A setting in words, with where it is set if that is known: `loki.ca_file (config.ini:3)`."""
    return f"{name} ({origin})" if origin and origin != "unset" else name


def parse(text: str, name: str, site: bool = False) -> dict[str, tuple[str, int]]:
    """Parse the text of a settings file: {`section.key`: (value, line number)}.

    `[section]`, `key = value`, comments on lines of their own after `#` or `;`. Raises Failure (78)
    with `name` and the line for anything else, unknown keys included: a mistyped `enabeld = no`
    must not pass for consent. Only a `site` file, which is built in, may set `baked` settings.
    Lines of sections in LISTS are left out; `entries` returns them.
    """
    return _parsed(text, name, site)[0]


def entries(text: str, name: str, site: bool = False) -> dict[str, list[Entry]]:
    """Parse the sections in LISTS of a settings file: their lines, by section, in their order.
    Raises Failure (78) like `parse`."""
    return _parsed(text, name, site)[1]


def _parsed(
    text: str, name: str, site: bool
) -> tuple[dict[str, tuple[str, int]], dict[str, list[Entry]]]:
    found: dict[str, tuple[str, int]] = {}
    listed: dict[str, list[Entry]] = {}
    section = ""
    sections = {setting.name.split(".")[0] for setting in SETTINGS}.union(LISTS)
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line[1:-1].strip()
            if section.lower() in sections and section not in sections:
                what = "sections are written in lower case"
                raise _broken(name, number, what, fix=f"write [{section.lower()}]")
            if section not in sections:
                what = f"unknown section {_word(section, '[]')}"
                raise _broken(name, number, what, sorted(sections))
            continue
        key, equals, value = line.partition("=")
        full = f"{section}.{key.strip()}"
        if not equals:
            raise _broken(name, number, "not of the form key = value")
        if not section:
            raise _broken(name, number, "this line is before the first [section]", sorted(sections))
        if section in LISTS:
            if not key.strip():
                raise _broken(name, number, "not of the form key = value")
            # quotes and # are the subject's: `service = nas.lan --contains "Disk #1"`
            entry = Entry(key.strip(), value.strip(), f"{name}:{number}")
            listed.setdefault(section, []).append(entry)
            continue
        known = BY_NAME.get(full)
        if known is None or known.secret:
            keys = [
                setting.name.split(".")[1]
                for setting in SETTINGS
                if setting.name.startswith(section + ".") and not setting.secret
            ]
            if known is not None:
                what = f"a secret must not be in this file; use {key.strip()}_file"
                raise _broken(name, number, what)
            if full.lower() in BY_NAME:
                what = "keys are written in lower case"
                raise _broken(name, number, what, fix=f"write {key.strip().lower()}")
            what = f"[{section}] has no key {_word(key.strip())}"
            raise _broken(name, number, what, keys)
        if known.baked and not site:
            what = f"{key.strip()} can't be set in a settings file; only build.py --site sets it"
            raise _broken(name, number, what)
        if full in found:
            raise _broken(name, number, f"{key.strip()!r} is also on line {found[full][1]}")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            what = f"the value of {key.strip()} has quotes around it"
            raise _broken(name, number, what, fix="remove the quotes")
        if any(mark in value for mark in (" #", " ;", "\t#", "\t;")):
            what = f"a comment follows the value of {key.strip()}"
            raise _broken(name, number, what, fix="move the comment to a line of its own")
        if known.kind == "switch" and value.lower() not in YES + OFF:
            raise _broken(name, number, f"{key.strip()} must be yes or no")
        if known.kind == "personal" and value.lower() not in ("", "words", "no"):
            raise _broken(name, number, f"{key.strip()} must be words or no")
        if known.kind == "account_as" and value.lower() not in ("", "label", "metadata"):
            raise _broken(name, number, f"{key.strip()} must be label or metadata")
        if known.kind == "days" and not _is_days(value):
            what = f"{key.strip()} must be a number of days from 1 to {_MOST_DAYS}"
            raise _broken(name, number, what)
        if known.choices and value and value.lower() not in known.choices:
            raise _broken(name, number, f"{key.strip()} must be {' or '.join(known.choices)}")
        found[full] = (value, number)
    return found, listed


def _word(text: str, marks: str = "''") -> str:
    """An unknown word of a settings file between `marks`, as people mistype words; `…` if it does
    not look like a word of ours, as it may be anything, even a secret. No value is ever shown."""
    plain = text and not text.strip("abcdefghijklmnopqrstuvwxyz_") and len(text) <= 20
    return f"{marks[0]}{text if plain else '…'}{marks[1]}"


def _is_days(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= _MOST_DAYS


def changed(text: str, name: str, value: str) -> str:
    """Return a settings file's text with one setting changed or added, and the rest unchanged."""
    section, _, key = name.partition(".")
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    current, end = "", 0
    for index, raw in enumerate(lines):
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            current = line[1:-1].strip()
        if current == section:
            if line and line[0] not in "#;":
                end = index + 1
            if line.partition("=")[0].strip() == key and "=" in line:
                lines[index] = f"{key} = {value}\n"
                return "".join(lines)
    if not end:
        lines += ["\n"] * bool(lines) + [f"[{section}]\n"]
        end = len(lines)
    lines.insert(end, f"{key} = {value}\n")
    return "".join(lines)


def _broken(
    name: str,
    line: int,
    what: str,
    known: list[str] | None = None,
    fix: str = "fix or remove that line",
) -> Failure:
    choices = f" (known: {', '.join(known)})" if known else ""
    return Failure(UNCONFIGURED, f"{name}:{line}: {what}{choices}; {fix}")


class Settings:
    """All settings of one run. Each file is read once, when it is first needed.

    `files` are (source, path), highest precedence first; a missing file sets nothing. A file that
    another account can change is ignored: the user's counts as missing, and `refused` says why; the
    system's is an error.
    """

    def __init__(
        self,
        env: Mapping[str, str],
        files: tuple[tuple[str, str], ...],
        baked: Mapping[str, str],
    ) -> None:
        self._env = env
        self._files = files
        self._baked = baked
        self._read: list[tuple[str, str, dict[str, tuple[str, int]]]] | None = None
        self._listed: list[dict[str, list[Entry]]] = []  # the sections in LISTS, by layer
        self._broken: Failure | None = None
        self._refused = ""

    def unread(self) -> Settings:
        """Settings of the same files, not read yet: for a look before a verb may change them."""
        return Settings(self._env, self._files, self._baked)

    def value(self, name: str, logcli: bool = False, environment: bool = True) -> Value:
        """The value of a setting; its text is "" if it is unset. `logcli` also reads logcli's
        variables; without `environment` our own variables are not read. Raises Failure (78) if a
        settings file is broken, even if it does not set this one.

        The environment never turns a switch on, as anyone may have set it: `1` there leaves the
        decision to the files.
        """
        setting = BY_NAME[name]
        if setting.choices:
            strictest = self._strictest(setting)
            if strictest is not None:
                return strictest
        given = self._env.get(setting.env, "") if environment and setting.env else ""
        if given.strip() and not (setting.kind == "switch" and says_yes(given)):
            return Value(given, "environment", setting.env)
        for source, path, found in [] if setting.baked else self._layers():
            if found.get(name, ("", 0))[0]:
                text, line = found[name]
                return Value(text, source, f"{path}:{line}")
        if self._baked.get(name):
            return Value(self._baked[name], "baked", "built into this file")
        if logcli and setting.logcli and self._env.get(setting.logcli):
            return Value(self._env[setting.logcli], "environment", setting.logcli)
        return Value(setting.default, "default", "default" if setting.default else "unset")

    def entries(self, section: str) -> list[Entry]:
        """The lines of a section in LISTS, in their order. A key that several layers have comes
        from the one of highest precedence, with all its lines there. Raises Failure (78) if a
        settings file is broken."""
        self._layers()
        baked = entries(f"[{section}]\n{self._baked.get(section, '')}", "site")
        found: list[Entry] = []
        for layer in (*self._listed, baked):
            taken = {entry.key for entry in found}
            found += [entry for entry in layer.get(section, ()) if entry.key not in taken]
        for entry in baked.get(section, ()):
            entry.origin = "built into this file"
        return found

    def text(self, name: str) -> str:
        """The text of a setting, "" if it is unset."""
        return self.value(name).text

    def refused(self) -> str:
        """Why the user's file is ignored, as a sentence; "" if it is not, or if there is none.
        Raises Failure (78) if a settings file is broken."""
        self._layers()
        return self._refused

    def _strictest(self, setting: Setting) -> Value | None:
        """The strictest choice, from the layer of highest precedence that has it; None if no layer
        has one."""
        wanted = setting.choices[-1]
        for source, path, found in self._layers():
            text, line = found.get(setting.name, ("", 0))
            if text.lower() == wanted:
                return Value(wanted, source, f"{path}:{line}")
        if self._baked.get(setting.name, "").lower() == wanted:
            return Value(wanted, "baked", "built into this file")
        return None

    def _layers(self) -> list[tuple[str, str, dict[str, tuple[str, int]]]]:
        if self._broken is not None:
            raise self._broken
        if self._read is None:
            layers = []
            try:
                for source, path in self._files:
                    text, why = contents(path)
                    if why and source != "user":
                        raise Failure(UNCONFIGURED, why)
                    self._refused = why or self._refused
                    if text:
                        found, listed = _parsed(text, path, site=False)
                        layers.append((source, path, found))
                        self._listed.append(listed)
            except Failure as failure:
                self._broken = failure
                raise
            self._read = layers
        return self._read


def contents(path: str) -> tuple[str, str]:
    """The text of a settings file ("" if there is none), and why it is ignored ("" if it is not).
    Raises Failure (78) if the file can't be read."""
    if not path:
        return "", ""
    from homelab.system import ownership

    try:
        with open(ownership.opened(path), encoding="utf-8-sig") as file:
            text = file.read(_LARGEST + 1)
        if len(text) <= _LARGEST:
            return text, ""
        why = f"{path}: longer than {_LARGEST >> 10} KiB; shorten it"
    except (FileNotFoundError, NotADirectoryError):
        return "", ""
    except ownership.Untrusted as error:
        if error.component == path:
            return "", f"{path} is ignored, because {error.why}: {error.fix}"
        return "", f"{path} is ignored: {error.strerror}"
    except OSError as error:
        if _is_null(path):
            return "", ""
        why = f"{path}: {error.strerror}; make it readable for this account or remove it"
    except UnicodeDecodeError:
        why = f"{path}: not UTF-8 text; write it again"
    raise Failure(UNCONFIGURED, f"settings can't be read: {why}")


def _is_null(path: str) -> bool:
    """Whether a link leads to /dev/null, the way systemd and others mask a file."""
    import os

    try:
        return os.path.samefile(path, os.devnull)
    except OSError:
        return False
