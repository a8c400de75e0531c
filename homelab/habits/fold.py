"""Pure: a pipeline with its varying parts folded: `docker logs -f plex` → `docker logs -f NAME`.

Nothing of a history is shown unless it is known to be public. What stays as it was typed: programs
of the public list and of this host, their subcommands by the public list, and options that look
like options. Every other word becomes what it is: NAME, PATH, HOST, URL, NUMBER, TEXT, SCRIPT.
"""

from __future__ import annotations

import re

from homelab.habits import public_words
from homelab.telemetry.vocabulary import WISHES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

NAME, PATH, HOST, URL, NUMBER, TEXT = "NAME", "PATH", "HOST", "URL", "NUMBER", "TEXT"
SCRIPT, OPTION = "SCRIPT", "-OPTION"
PLACEHOLDERS = frozenset((NAME, PATH, HOST, URL, NUMBER, TEXT, SCRIPT))

# What changes the shell it is typed in, or asks it: no verb can do that.
SHELL = frozenset(
    ". : [ [[ abbr alias autoload bg bind bindkey break builtin bye cd chdir clear complete"
    " compinit continue declare dirs disown emulate eval exit export fc fg functions hash help"
    " history jobs let local logout overlay popd pushd pwd read readonly rehash reset return set"
    " setopt shift shopt source test trap type typeset ulimit umask unalias unfunction unset"
    " unsetopt use wait where whence which".split()
)
# Words in front of a command that change how it runs: their options with a value.
_WRAPPERS = {
    "builtin": "",
    "chronic": "",
    "command": "",
    "doas": "-C -u",
    "env": "-C -S -u",
    "exec": "-a",
    "ionice": "-c -n",
    "nice": "-n",
    "nocorrect": "",
    "noglob": "",
    "nohup": "",
    "run0": "-u",
    "setsid": "",
    "stdbuf": "-e -i -o",
    "sudo": "-C -D -R -T -U -g -h -p -r -t -u",
    "taskset": "",
    "timeout": "-k -s",
    "unbuffer": "",
}
_TAKES_FIRST = frozenset(("taskset", "timeout"))  # whose first argument is none of the command
# What stands in front of a whole command, after so many arguments that are no options.
_RUNS_COMMAND = {
    "docker compose exec": 1,
    "docker exec": 1,
    "incus exec": 1,
    "kubectl exec": 1,
    "lxc exec": 1,
    "mosh": 1,
    "pct exec": 1,
    "podman exec": 1,
    "ssh": 1,
    "watch": 0,
    "xargs": 0,
}
# Their options that take a value, beside which a word is none of the command.
_VALUED = {
    "docker compose exec": "-e -u -w --env --index --user --workdir",
    "docker exec": "-e -u -w --env --env-file --user --workdir",
    "kubectl exec": "-c -n --container --namespace --context",
    "podman exec": "-e -u -w --env --env-file --user --workdir",
    "ssh": "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w",
    "watch": "-n --interval",
    "xargs": "-a -d -E -I -L -n -P -s",
}
_TO_HOSTS = frozenset(
    "arping dig etherwake fping host mosh mtr nc ncat nmap nslookup ping ping6 ssh ssh-copy-id"
    " ssh-keyscan telnet tracepath traceroute".split()
)
_TO_TEXT = frozenset("ag awk egrep fgrep grep jq logger notify-send rg sed wall yq".split())
INTERPRETERS = frozenset(
    "ash bash dash ksh node perl php pwsh python python2 python3 ruby sh zsh".split()
)
_PAGERS = frozenset(("bat", "cat", "less", "more", "most"))  # at the end of a pipeline
_NUMBERS = re.compile(r"[+-]?[0-9]+(?:[.:,][0-9]+){0,2}(?:[a-zA-Z]{1,3}|%)?")
_ADDRESS = re.compile(
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+)?|[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F.:]*"
)
_WORD = re.compile(r"[A-Za-z0-9._+@:-]+")
_FILE = re.compile(
    r"[^/]+\.(?:bak|bash|cfg|conf|crt|csv|db|deb|env|gpg|gz|html?|img|ini|iso|jpe?g|js|json|key|lock"
    r"|log|md|mkv|mount|mp[34]|nix|pdf|pem|php|pl|png|pub|py|qcow2|rb|rpm|rs|sh|sql|sqlite|tar|tf|tgz"
    r"|toml|ts|txt|vmdk|xml|xz|ya?ml|zip|zst)"
)
_LONG_OPTION = re.compile(r"--(?:[a-z]{1,14}-){0,4}[a-z]{1,14}[0-9]?")
_SHORT_OPTION = re.compile(r"-[A-Za-z0-9]{1,3}")
# Longer than that is shown only if it is one of these: a value may be part of the word.
_LONG_CLUSTERS = frozenset(
    "-aPvz -aHAXv -alht -altr -antp -antup -auxf -avhP -avPh -avzP -avzh -azvP -cvzf -czvf -delete"
    " -depth -exec -fsSL -fsSLO -group -hlat -iname -ipath -lahS -lahrt -lart -latr -lathr -lhtr"
    " -lntp -lntu -ltnp -ltrh -ltup -lunt -luntp -maxdepth -mindepth -mmin -mtime -name -newer"
    " -ntlp -ntpl -ntulp -path -perm -plant -plnt -plntu -plntuw -print -print0 -prune -rvzP -size"
    " -ssSL -sSfL -sSLf -sSfLO -tlnp -tlpn -tulnp -tulpen -tulpn -tuln -tunlp -type -uname -user"
    " -ulnp -xvzf -xzvf -xvjf -auto-approve -noout -connect -servername -showcerts -text -subject"
    " -dates -enddate -issuer -fingerprint".split()
)
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,31}")
_NO_LETTERS = str.maketrans("", "", "0123456789")
_DEEPEST = 2  # commands inside of commands


class Folded:
    """A pipeline as it is shown: its `pattern`, and a `key` that is the same for all orders of its
    options. `values` are the words that were folded, `uses` the public words of each command in it
    (`docker ps`). `everyday`: no home-lab verb would replace any of it."""

    __slots__ = ("everyday", "key", "pattern", "uses", "values")

    def __init__(self) -> None:
        self.pattern = ""
        self.key: tuple[object, ...] = ()
        self.values: list[str] = []
        self.uses: list[str] = []
        self.everyday = True


def folded(pipeline: list[list[str]], programs: Container[str]) -> Folded | str:
    """The pipeline with its varying parts folded. `programs` are the names of this host's programs
    and of its own verbs' scripts. Why it is in no group, where it is not: SHELL_ONLY or UNKNOWN."""
    made = Folded()
    texts, keys = [], []
    reason = ""
    for number, words in enumerate(pipeline):
        command = _Command(made, programs)
        reason = command.fold(words, 0)
        if reason == UNKNOWN:
            return UNKNOWN
        if reason:
            continue
        if number and number == len(pipeline) - 1 and command.text in _PAGERS:
            continue
        texts.append(command.text)
        keys.append(command.key())
    if not texts:
        return reason or SHELL_ONLY
    made.pattern = " | ".join(texts)
    made.key = tuple(keys)
    return made


SHELL_ONLY, UNKNOWN = "shell", "unknown"


class _Command:
    def __init__(self, made: Folded, programs: Container[str]) -> None:
        self._made = made
        self._programs = programs
        self._parts: list[str] = []
        self._fixed = 0  # of the parts: program and subcommands

    @property
    def text(self) -> str:
        return " ".join(self._parts)

    def key(self) -> tuple[object, ...]:
        """The command, with its options and placeholders in one order."""
        fixed, rest = self._parts[: self._fixed], self._parts[self._fixed :]
        options: set[str] = set()
        for part in rest:
            if len(part) > 2 and part[0] == "-" and part[1:].isalpha() and len(part) <= 4:
                options.update(f"-{letter}" for letter in part[1:])  # -la, -al and -l -a
            else:
                options.add(part)
        return (*fixed, "", *sorted(options))

    def fold(self, words: list[str], depth: int) -> str:
        """Add a command; why it can't be, if it can't."""
        words = _unwrapped(words)
        if not words:
            return SHELL_ONLY
        first = words[0][1:] if words[0][:1] == "^" else words[0]  # nushell's own way
        if first in SHELL:
            return SHELL_ONLY
        program, rest = self._program(first), words[1:]
        if not program:
            return UNKNOWN
        begun = self._begin(program)
        listed = public_words.is_program(program)
        if not (listed and public_words.is_everyday(program)):
            self._made.everyday = False
        if program in INTERPRETERS:
            rest = self._script(program, rest)
        fixed, rest = self._subcommands(program, rest, listed)
        if begun:
            self._fixed = len(self._parts)
        if listed:
            self._made.uses.append(fixed)
        self._arguments(program, fixed, rest, depth)
        return ""

    def _begin(self, part: str) -> bool:
        self._parts.append(part)
        return len(self._parts) == 1

    def _program(self, word: str) -> str:
        """The program's name as it may be shown; SCRIPT for a path of none that is known; "" for
        what is no program here."""
        name = word.rpartition("/")[2]
        if _PROGRAM.fullmatch(name) and (public_words.is_program(name) or name in self._programs):
            return name
        if "/" not in word or not name or len(word) > 200:
            return ""
        return self._shown_script(word)

    def _shown_script(self, word: str) -> str:
        name = word.rpartition("/")[2]
        if name in self._programs and _PROGRAM.fullmatch(name):
            return name
        stem, dot, ending = name.partition(".")
        public = (
            not dot or ending in ("sh", "bash", "py", "pl", "rb", "js", "fish", "zsh")
        ) and all(part in WISHES for part in stem.replace("_", "-").split("-"))
        if public and name.islower():
            return name
        self._made.values.append(word)
        return SCRIPT

    def _script(self, program: str, rest: list[str]) -> list[str]:
        """`bash backup.sh now`: the script is what runs."""
        if rest and rest[0][:1] != "-" and (program != "node" or "." in rest[0]):
            self._parts.append(self._shown_script(rest[0]))
            return rest[1:]
        return rest

    def _subcommands(self, program: str, rest: list[str], listed: bool) -> tuple[str, list[str]]:
        """The program with its subcommands, by the public list, and what follows. Options between
        them stay where they are; what stands behind one may be its value."""
        fixed = program
        if program in INTERPRETERS:
            return fixed, rest
        if not listed:
            if rest and rest[0] in WISHES:
                self._parts.append(rest[0])
                return f"{program} {rest[0]}", rest[1:]
            return fixed, rest
        while True:
            known = public_words.subcommands(fixed)
            if not known:
                return fixed, rest
            index = 0
            while index < len(rest) and rest[index] not in known:
                if rest[index][:1] != "-" and (index == 0 or rest[index - 1][:1] != "-"):
                    return fixed, rest
                index += 1
            if index == len(rest):
                return fixed, rest
            for word in rest[:index]:
                self._argument(program, word)
            self._parts.append(rest[index])
            fixed, rest = f"{fixed} {rest[index]}", rest[index + 1 :]

    def _arguments(self, program: str, fixed: str, rest: list[str], depth: int) -> None:
        before = _RUNS_COMMAND.get(fixed, -1)
        if before < 0:
            for word in rest:
                self._argument(program, word)
            return
        valued = _VALUED.get(fixed, "").split()
        index = 0
        while index < len(rest):
            word = rest[index]
            if word[:1] == "-":
                self._argument(program, word)
                if word in valued and index + 1 < len(rest):
                    index += 1
                    self._argument("", rest[index])
            elif before:
                self._argument(program, word)
                before -= 1
            else:
                break
            index += 1
        if index < len(rest):
            self._inner(rest[index:], depth)

    def _inner(self, words: list[str], depth: int) -> None:
        """A command inside of a command, which may be one word: `ssh nas 'zpool status'`."""
        from homelab.habits.commands import pipelines

        parts, values, uses = len(self._parts), len(self._made.values), len(self._made.uses)
        everyday = self._made.everyday
        if depth < _DEEPEST:
            found = pipelines(words[0]) if len(words) == 1 and " " in words[0] else [[words]]
            if len(found) == 1 and len(found[0]) == 1 and not self.fold(found[0][0], depth + 1):
                self._made.everyday = everyday
                return
        del self._parts[parts:], self._made.values[values:], self._made.uses[uses:]
        self._made.everyday = everyday
        self._parts.append(TEXT)
        self._made.values.append(" ".join(words))

    def _argument(self, program: str, word: str) -> None:
        shown = self._shown(program, word)
        if self._parts[-1] != shown or shown not in PLACEHOLDERS:
            self._parts.append(shown)

    def _shown(self, program: str, word: str) -> str:
        if word[:1] == "-" and word != "-":
            return self._option(word)
        self._made.values.append(word)
        return kind(program, word)

    def _option(self, word: str) -> str:
        if word == "--":
            return word
        name, equals, value = word.partition("=")
        if _LONG_OPTION.fullmatch(name) or (not equals and word in _LONG_CLUSTERS):
            if not equals:
                return name
            self._made.values.append(value)
            return f"{name}={kind('', value)}"
        digits = word.rstrip("0123456789%smhdKMGT")
        short = digits == "-" or (len(digits) == 2 and digits.isascii() and digits[1].isalpha())
        if short and _NUMBERS.fullmatch(word[len(digits) :]):
            self._made.values.append(word[len(digits) :])
            return digits + NUMBER  # -50, -n50
        if _SHORT_OPTION.fullmatch(word):
            return word
        self._made.values.append(word)
        return OPTION


def kind(program: str, word: str) -> str:
    """What a varying word is."""
    if "://" in word:
        return URL
    if _NUMBERS.fullmatch(word):
        return NUMBER
    if program in _TO_TEXT:
        return PATH if "/" in word and " " not in word else TEXT
    if not _WORD.fullmatch(word):
        if " " in word or "\n" in word or not word:
            return TEXT
        return PATH if set("/~*.") & set(word) else NAME
    if _ADDRESS.fullmatch(word) or "@" in word:
        return HOST
    if _FILE.fullmatch(word) or word[0] == ".":
        return PATH
    return HOST if program in _TO_HOSTS else NAME


def _unwrapped(words: list[str]) -> list[str]:
    """The command without assignments and without what only changes how it runs."""
    index = 0
    while index < len(words):
        word = words[index]
        name, equals, _ = word.partition("=")
        if equals and name.replace("_", "a").isalnum() and not name[:1].isdigit():
            index += 1
            continue
        valued = _WRAPPERS.get(word)
        if valued is None:
            return words[index:] if index else words
        index += 1
        while index < len(words) and words[index][:1] == "-":
            if words[index] == "--":
                index += 1
                break
            index += 2 if words[index] in valued.split() else 1
        if word in _TAKES_FIRST:
            index += 1
    return []
