"""A cache of apt's answers, valid until anything changes that they depend on.

`apt list` takes over a second, since apt reads all lists and compares all versions each time. Its
answer depends on files (apt.conf(5), apt_preferences(5), sources.list(5), dpkg(1); checked with
strace), the environment, and programs. So earlier answers stay valid while each of these files and
folders has the same device, inode, mode, owner, size, mtime and ctime: programs can't set a ctime,
so every change shows. apt's answer does not depend on the clock (tried with 2.6, 3.0 and 3.3):
whether lists are too old is checked by `lists`, each time.

Answers are not cached if a change could be missed: if a file changed within the last seconds (a
second change could have the same time), or if settings refer to files that are not in the table.
"""

from __future__ import annotations

import json
import os

from homelab.system import cache_file, paths
from homelab.system.clock import now
from homelab.texts import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from homelab.system.machine import Host

_NAME, _FORM = "apt", "apt-answers/1"
_MOST = 8 << 20  # bytes of answers
_SETTLED = 3 * 10**9  # ns; FAT has times of 2 s, others of a tick of the kernel
_PROGRAMS = ("apt", "apt-config", "apt-get", "dpkg")
_PLACES = (
    "/etc/apt/apt.conf", "/etc/apt/apt.conf.d", "/etc/apt/preferences", "/etc/apt/preferences.d",
    "/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/debian_version",
    "/etc/dpkg/dpkg.cfg", "/etc/dpkg/dpkg.cfg.d", "/etc/machine-id", "/var/lib/apt/extended_states",
    "/var/lib/apt/lists", "/var/lib/dbus/machine-id", "/var/lib/dpkg/arch", "/var/lib/dpkg/status",
    "/var/lib/dpkg/updates",
)  # fmt: skip
# apt's own settings, as arguments of `apt-config shell`: all except the solver are paths.
CONFIGURED = {
    "main": "Dir::Etc::main/f",
    "parts": "Dir::Etc::parts/d",
    "preferences": "Dir::Etc::preferences/f",
    "preferenceparts": "Dir::Etc::preferencesparts/d",
    "sourcelist": "Dir::Etc::sourcelist/f",
    "sourceparts": "Dir::Etc::sourceparts/d",
    "lists": "Dir::State::lists/d",
    "status": "Dir::State::status/f",
    "extended": "Dir::State::extended_states/f",
    "etc": "Dir::Etc/d",
    "solver": "APT::Solver",
}
_NAMED = tuple(name for name in CONFIGURED if name not in ("etc", "solver"))
_DPKG_ELSEWHERE = ("admindir", "instdir", "root")
_SOLVERS = ("", "internal", "3.0")  # apt's own; another solver may depend on other files


class Answers:
    """The answers of a host's apt, from the cache of the account with the environment `env` if
    nothing changed that they depend on."""

    __slots__ = ("_before", "_begun", "_env", "_host", "_known", "_loaded")

    def __init__(self, host: Host, env: Mapping[str, str]) -> None:
        self._host = host
        self._env = env
        self._begun = 0  # time of the first command (ns), and the state before it
        self._before = ""
        self._known: dict[str, str] = {}  # by command
        self._loaded = ""  # the state of the cached answers
        self._load()

    def run(self, command: list[str], seconds: float) -> tuple[int, str]:
        """The exit code and stdout of a command, like `Host.run`."""
        key = "\0".join(command)
        if key in self._known:
            return 0, self._known[key]
        if not self._begun:
            self._begun = now()
            self._before = self._state(())[0]
        code, text = self._host.run(command, seconds)
        if code == 0:
            self._known[key] = text
        return code, text

    def keep(self, settings: Mapping[str, str]) -> None:
        """Cache the answers for the next run. `settings` are apt's own, by the names in CONFIGURED.
        If they can't be cached, the next run asks again."""
        places = sorted({settings[name] for name in _NAMED} | {settings["etc"] + "../machine-id"})
        try:
            if not self._begun or self._leads_elsewhere(settings):
                return
            if self._state(())[0] != self._before:
                return
            state, newest = self._state(places)
        except OSError:
            return
        if newest >= self._begun - _SETTLED or self._loaded not in ("", state):
            return
        document = {"places": places, "state": state, "answers": self._known}
        content = json.dumps(document).encode("ascii")
        cache_file.write(self._env, _NAME, _FORM, content, _MOST)

    def _load(self) -> None:
        if any(map(_is_dpkgs, self._env)):
            return
        try:
            document = json.loads(cache_file.read(self._env, _NAME, _FORM, _MOST))
            if document["state"] == self._state(document["places"])[0]:
                self._known, self._loaded = document["answers"], document["state"]
        except (OSError, ValueError, KeyError, TypeError):
            pass  # no cache, or not a usable one

    def _state(self, configured: Iterable[str]) -> tuple[str, int]:
        """A hash of everything that answers depend on, and the time of its last change (ns)."""
        from hashlib import sha256

        newest = 0
        found: list[object] = [
            sorted(
                pair for pair in self._env.items() if pair[0][:4] == "APT_" or pair[0] == "PATH"
            ),
            self._host.account(),
            os.getgroups(),
            self._host.release(),
            self._host.stamp("/")[:2],  # in a chroot no update is phased (ischroot)
        ]
        for path in (*_PLACES, *self._further(), *configured):
            for name, stamp in self._stamps(path):
                found.append((name, stamp))
                newest = max(newest, stamp[-1])
        return sha256(repr(found).encode("utf-8", "backslashreplace")).hexdigest(), newest

    def _further(self) -> Iterator[str]:
        if "APT_CONFIG" in self._env:
            yield self._env["APT_CONFIG"]
        yield self._own_settings()
        folders = self._env.get("PATH", "").split(":")
        for program in _PROGRAMS:
            places = (f"{folder}/{program}" for folder in folders)
            yield next(filter(self._host.exists, places), program)

    def _stamps(self, path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The path, and the files in it if it is a folder; each with its stamp."""
        yield path, self._host.stamp(path)
        for name in sorted(self._host.names(path)):
            inner = f"{path.rstrip('/')}/{name}"
            yield inner, self._host.stamp(inner)

    def _leads_elsewhere(self, settings: Mapping[str, str]) -> bool:
        """Whether settings of apt or dpkg may refer to files that are not in the table. Raises
        OSError if one can't be read."""
        if settings["solver"] not in _SOLVERS or any(map(_is_dpkgs, self._env)):
            return True
        of_apt = {"/etc/apt/apt.conf", "/etc/apt/apt.conf.d", self._env.get("APT_CONFIG", "")}
        of_apt |= {settings["main"], settings["parts"]}
        of_dpkg = ("/etc/dpkg/dpkg.cfg", "/etc/dpkg/dpkg.cfg.d", self._own_settings())
        if any("#include" in text for path in of_apt - {""} for text in self._texts(path)):
            return True
        words = (
            line.replace("=", " ").split(maxsplit=1)[:1]
            for path in of_dpkg
            for text in self._texts(path)
            for line in lines(text)
        )
        return any(word and word[0].lstrip("-") in _DPKG_ELSEWHERE for word in words)

    def _texts(self, path: str) -> Iterator[str]:
        inner = [f"{path.rstrip('/')}/{name}" for name in self._host.names(path)]
        for file in inner or [path]:
            try:
                yield self._host.read(file)
            except (FileNotFoundError, IsADirectoryError):
                pass

    def _own_settings(self) -> str:
        """The path of this account's dpkg settings."""
        return paths.home(self._env) + "/.dpkg.cfg"


def _is_dpkgs(variable: str) -> bool:
    """Whether an environment variable changes which files dpkg, or any program, reads."""
    return variable.startswith(("DPKG_", "LD_"))
