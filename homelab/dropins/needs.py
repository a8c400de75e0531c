"""Find missing programs that a drop-in lists in `Needs:`, and the packages that have them.

A run that can't succeed ends before it starts, with the command that fixes it.
"""

from __future__ import annotations

import os

from homelab.errors import UNREACHABLE, Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homelab.dropins.dropin import Dropin
    from homelab.packages.provides import Offer

_NAMED = 5  # programs that a sentence lists; the others are counted
_ASKED = 20  # programs for which package managers are asked
_LONGEST = 120  # characters of a program's name in a sentence
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
# Files that a script sources to change PATH, by the end of their names.
_SETTERS = ("profile", "rc", "activate", "env", "env.sh", "nvm.sh", "asdf.sh")
_OTHER_WAYS = (
    'environ["PATH"]', "environ['PATH']", 'ENV["PATH"]', "ENV['PATH']", "ENV{PATH}",
    "process.env.PATH", "fish_add_path", "path=(", "path+=(",
)  # fmt: skip
_SUDO = frozenset(("sudo", "doas", "run0", "pkexec"))  # they set a PATH of their own


class Missing:
    """A missing program: its name or path, the reason (`NO_PROGRAM`, `ELSEWHERE`, …), and for
    `ELSEWHERE` the folder that has it."""

    __slots__ = ("folder", "kind", "program")

    def __init__(self, program: str, kind: str, folder: str = "") -> None:
        self.program = program
        self.kind = kind
        self.folder = folder

    def said(self) -> str:
        """The words that follow "needs": `zpool, which is not in PATH`."""
        name = _shown(self.program)
        if self.kind == ELSEWHERE:
            return f"{name}: {name} is in {self.folder}, which is not in PATH"
        return f"{name}, which {self.kind}"

    def fix(self) -> str:
        """The fix, as far as it is known without asking the host's package managers."""
        from homelab.texts import quoted

        if self.kind == ELSEWHERE:
            return f"run it with PATH=$PATH:{self.folder}"
        if self.kind == NOT_EXECUTABLE:
            return f"chmod +x {quoted(self.program)}"
        return "put it there" if self.kind == NO_FILE else f"install {quoted(self.program)}"


NO_PROGRAM = "is not in PATH"
NO_FILE = "is not on this host"
NOT_EXECUTABLE = "is not executable"
ELSEWHERE = "is in another folder"
_MANY = {
    NO_PROGRAM: "are not in PATH",
    NO_FILE: "are not on this host",
    NOT_EXECUTABLE: "are not executable",
}


def missing(
    needs: Iterable[str], env: Mapping[str, str], dropin: Dropin | None = None
) -> list[Missing]:
    """The needed programs that are missing for a run with the caller's environment, whose PATH the
    script gets. If the text of the `dropin` sets PATH, or uses sudo, which has a PATH of its own,
    that counts, too. With a `dropin` the names may be informal (`Docker`, `python` for python3);
    without one they are exact."""
    found = []
    text: str | None = None
    for program in dict.fromkeys(needs):
        lacking = _missing(program, env, os.path.dirname(dropin.path) if dropin else None)
        if lacking and dropin and "/" not in program:
            if text is None:
                from homelab.dropins import description

                text = description.head(dropin).decode("utf-8", "replace")
            if _finds(text, program, lacking.kind == ELSEWHERE, env):
                continue
        if lacking:
            found.append(lacking)
    return found


def _missing(program: str, env: Mapping[str, str], folder: str | None) -> Missing | None:
    path = f"{env.get('HOME', '')}{program[1:]}" if program.startswith("~/") else program
    if "/" in path:
        return _missing_file(program, path, folder or "")
    search = env.get("PATH", os.defpath).split(":")
    names = [path]
    if folder is not None:  # `Needs: Docker, python 3`
        names += [path.lower(), f"{path.lower()}3"]
    if any(_runs(f"{place or '.'}/{name}") for place in search for name in names):
        return None
    for place in _SBIN:
        if place not in search and any(_runs(f"{place}/{name}") for name in names):
            return Missing(program, ELSEWHERE, place)
    unset = next((f"{place}/{path}" for place in search if os.path.isfile(f"{place}/{path}")), "")
    return Missing(unset, NOT_EXECUTABLE) if unset else Missing(program, NO_PROGRAM)


def _missing_file(program: str, path: str, folder: str) -> Missing | None:
    """The missing file, or None if it is there: a program, or another required file (`/dev/kvm`). A
    relative path may start from the script's folder or from the working directory."""
    places = [path] if path.startswith("/") else [path, f"{folder}/{path}"]
    there = [place for place in places if os.path.exists(place)]
    if not there:
        return Missing(program, NO_FILE)
    if any(os.access(place, os.X_OK) or not _is_program(place) for place in there):
        return None
    return Missing(program, NOT_EXECUTABLE)


def _is_program(path: str) -> bool:
    """Whether a file begins like a program. The file may be untrusted, because nothing in it is
    used."""
    from homelab.system import files

    try:
        return files.beginning(path, 4).startswith((b"#!", b"\x7fELF"))
    except OSError:
        return False


def _runs(path: str) -> bool:
    return os.access(path, os.X_OK) and os.path.isfile(path)


def _finds(text: str, program: str, by_sudo: bool, env: Mapping[str, str]) -> bool:
    """Whether a script with that text may find the program although it is not in PATH. Refusing a
    run without need is worse than letting it fail by itself."""
    for line in text.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if by_sudo and ("sbin/" in line or _SUDO & set(_plain(line).split())):
            return True
        if words[0] in (".", "source") and words[-1].strip("\"'").endswith(_SETTERS):
            return True
        before, equals, value = line.replace("PATH+=", "PATH=").partition("PATH=")
        is_path = equals and not (before[-1:].isalnum() or before[-1:] == "_")
        if is_path and _leads(value, program, env):
            return True
        if any(way in line for way in _OTHER_WAYS) or (words[0] == "set" and "PATH" in words):
            return True
    return False


def _plain(line: str) -> str:
    """A line of a script with blanks in place of the characters around commands, as in
    `out="$(sudo x)"`."""
    return "".join(sign if sign.isalnum() or sign in "-_./" else " " for sign in line)


def _leads(value: str, program: str, env: Mapping[str, str]) -> bool:
    """Whether a PATH value in shell syntax has the program, or is too complex to decide."""
    quote = value[:1] if value[:1] in ("'", '"') else ""
    value = value[1:].partition(quote)[0] if quote else (value.split() or [""])[0].rstrip(";")
    for part in value.split(":"):
        if part in ("$PATH", "${PATH}", ""):
            continue
        home = env.get("HOME", "")
        place = part.replace("${HOME}", home).replace("$HOME", home)
        place = home + place[1:] if place.startswith("~/") else place
        if "$" in place or "`" in place or _runs(f"{place}/{program}"):
            return True
    return False


def require(
    dropin: Dropin, needs: Iterable[str], env: Mapping[str, str], known: dict[str, str] | None
) -> None:
    """Raise Failure (69) if a program that the drop-in needs is missing. A drop-in that would be
    refused anyway passes: `start.run` reports it."""
    lacking = missing(needs, env, dropin)
    if not lacking:
        return
    from homelab.dropins import start

    if start.problem(dropin, known) is not None:
        return
    there, offers = in_packages(
        [each.program for each in lacking if each.kind in (NO_PROGRAM, NO_FILE)]
    )
    lacking = [each for each in lacking if each.program not in there]
    if lacking:
        raise Failure(UNREACHABLE, sentence(dropin.verb, lacking, offers))


def in_packages(names: list[str]) -> tuple[set[str], dict[str, Offer]]:
    """For missing programs: (the names that count as present, because an installed package has the
    name or the name is not a program's; the packages that install the others, by name). The host's
    package managers are asked about the first _ASKED, for 2 s at most."""
    import time

    from homelab.packages import commands, provides
    from homelab.system.machine import Host

    end = time.monotonic() + provides.WAIT
    asked = names[:_ASKED]
    there = provides.installed(Host(), asked)
    small = {name: name if "/" in name else name.lower() for name in asked if name not in there}
    found = provides.offers(Host(), list(small.values()), end - time.monotonic())
    offers = {name: found[low] for name, low in small.items() if low in found}
    for name, low in small.items():
        # a capital letter marks a product (`Needs: HomeAssistant`), which may have no program
        if name != low and name not in offers and not commands.usual(low):
            there.add(name)
    return there, offers


def sentence(verb: str, lacking: list[Missing], offers: Mapping[str, Offer]) -> str:
    """The sentence that says which programs the verb lacks, why, and how to fix it. `offers` are
    the packages by program."""
    parts = []
    for kind in (NO_PROGRAM, NO_FILE, NOT_EXECUTABLE):
        alike = [each for each in lacking if each.kind == kind]
        if len(alike) == 1:
            parts.append(alike[0].said())
        elif alike:
            parts.append(f"{_listed([each.program for each in alike])}, which {_MANY[kind]}")
    elsewhere = [each for each in lacking if each.kind == ELSEWHERE]
    parts += [each.said() for each in elsewhere[:_NAMED]]
    helps = _installing(lacking, offers)
    if elsewhere:
        places = ":".join(dict.fromkeys(each.folder for each in elsewhere))
        helps.append(f"run it with PATH=$PATH:{places}")
    unset = [each.program for each in lacking if each.kind == NOT_EXECUTABLE]
    if unset:
        from homelab.texts import quoted

        helps.append(f"chmod +x {' '.join(quoted(path) for path in unset[:_NAMED])}")
    return f"{verb!r} needs {', and '.join(parts)}; {'; '.join(helps)}"


def _installing(lacking: list[Missing], offers: Mapping[str, Offer]) -> list[str]:
    """The ways to install programs that no folder here has: packages that contain them, then
    packages that only have their names, then by hand."""
    absent = [each.program for each in lacking if each.kind in (NO_PROGRAM, NO_FILE)]
    certain = [program for program in absent if program in offers and offers[program].certain]
    alike = [program for program in absent if program in offers and program not in certain]
    rest = [program for program in absent if program not in offers]
    helps = []
    if certain:
        whole = "on this host" if certain == absent else f"for {_listed(certain)}"
        helps.append(f"{whole}: {_command([offers[program] for program in certain])}")
    if alike:
        manager = offers[alike[0]].manager
        named = "a package of that name" if len(alike) == 1 else "packages of these names"
        which = "" if alike == absent else f" for {_listed(alike)}"
        command = _command([offers[program] for program in alike])
        helps.append(f"{manager} has {named}{which}: {command}")
    if rest == absent and rest:
        it = "it" if len(rest) == 1 else "them"
        helps.append(f"put {it} there" if all("/" in each for each in rest) else f"install {it}")
    elif rest:
        helps.append(f"install {_listed(rest)} by hand: no package for it is known here")
    return helps


def _command(offers: list[Offer]) -> str:
    """The command that installs one package for each program. For a single program it also lists
    the alternative packages."""
    first = offers[0]
    names: list[str] = []
    for offer in offers:
        if not set(offer.packages) & set(names):
            names.append(offer.packages[0])
    others = f" (or {' or '.join(first.packages[1:])})" if not offers[1:] else ""
    return f"{first.install} {' '.join(names)}{others if first.packages[1:] else ''}"


def _listed(names: list[str]) -> str:
    """The names as words: `zpool, smartctl and jq`, or the first ones and the number of others."""
    shown = [_shown(name) for name in names[:_NAMED]]
    if len(names) > _NAMED:
        return f"{', '.join(shown)} and {len(names) - _NAMED} more"
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


def _shown(name: str) -> str:
    from homelab.texts import clipped, printable

    return clipped(printable(name), _LONGEST)
