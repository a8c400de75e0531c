"""Pure: fold the varying parts of a pipeline: `docker logs -f plex` → `docker logs -f NAME`.

Only words that are known to be public are shown: programs of the public list and of this host,
their subcommands in the public list, and options that look like options. Every other word becomes a
placeholder for its kind: NAME, PATH, HOST, URL, NUMBER, TEXT, SCRIPT.
"""

from __future__ import annotations

import re

from homelab.habits import option_names, public_words
from homelab.habits.commands import REDIRECTED, pipelines
from homelab.telemetry.vocabulary import WISHES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

NAME, PATH, HOST, URL, NUMBER, TEXT = "NAME", "PATH", "HOST", "URL", "NUMBER", "TEXT"
SCRIPT, OPTION = "SCRIPT", "-OPTION"
MANY = "..."  # behind a placeholder for several words
PLACEHOLDERS = frozenset((NAME, PATH, HOST, URL, NUMBER, TEXT, SCRIPT))

# Commands that change or query the shell they are typed in, which no verb can do.
SHELL = frozenset(
    ". : [ [[ abbr alias autoload bg bind bindkey break builtin bye cd chdir clear complete"
    " compinit continue declare dirs disown emulate eval exit export fc fg functions hash help"
    " history jobs let local logout overlay popd pushd pwd read readonly rehash reset return set"
    " setopt shift shopt source test trap type typeset ulimit umask unalias unfunction unset"
    " unsetopt use wait where whence which".split()
)
_OURS = frozenset(("homelab", "homelab.pyz"))  # its commands are verbs already
# Words in front of a command that change how it runs, with their options that take a value.
_WRAPPERS = {
    "builtin": "",
    "chronic": "",
    "command": "",
    "env": "-C -S -u",
    "exec": "-a",
    "ionice": "-c -n",
    "nice": "-n",
    "nocorrect": "",
    "noglob": "",
    "nohup": "",
    "setsid": "",
    "stdbuf": "-e -i -o",
    "taskset": "",
    "time": "-f -o",
    "timeout": "-k -s",
    "unbuffer": "",
}
_TAKES_FIRST = frozenset(("taskset", "timeout"))  # their first argument is not the command
# Programs that run a command with other rights: shown with it, but not a part of its group.
_RIGHTS = {
    "doas": "-C -u",
    "run0": "-u --user",
    "sudo": "-C -D -R -T -U -g -h -p -r -t -u --group --host --prompt --user",
}
# Programs in front of a whole command, and the number of their own arguments before it.
_RUNS_COMMAND = {
    "docker compose exec": 1,
    "docker exec": 1,
    "docker-compose exec": 1,
    "incus exec": 1,
    "kubectl exec": 1,
    "lxc exec": 1,
    "mosh": 1,
    "pct exec": 1,
    "podman exec": 1,
    "qm guest exec": 1,
    "ssh": 1,
    "watch": 0,
    "xargs": 0,
}
# Their options that take a value; that value is not a part of the command.
_VALUED = {
    "docker compose exec": "-e -u -w --env --index --user --workdir",
    "docker exec": "-e -u -w --env --env-file --user --workdir",
    "docker-compose exec": "-e -u -w --env --index --user --workdir",
    "kubectl exec": "-c -n --container --namespace --context",
    "podman exec": "-e -u -w --env --env-file --user --workdir",
    "ssh": "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w",
    "watch": "-n --interval",
    "xargs": "-a -d -E -I -L -n -P -s",
}
_TO_HOSTS = frozenset(
    "arping dig etherwake fping host mosh mtr nc ncat nmap nslookup ping ping6 rsync scp sftp ssh"
    " ssh-copy-id ssh-keyscan sshfs telnet tracepath traceroute".split()
)
_PATTERNS = frozenset("fd find locate".split())  # they read globs themselves
_TO_TEXT = frozenset("ag awk egrep fgrep grep jq logger notify-send rg sed wall yq".split())
_TO_IMAGES = frozenset("buildah docker docker-compose helm nerdctl podman skopeo".split())
INTERPRETERS = frozenset(
    "ash bash dash ksh node perl php pwsh python python2 python3 ruby sh zsh".split()
)
_PAGERS = frozenset(("bat", "cat", "less", "more", "most"))  # at the end of a pipeline
# Words of a program's own language, wherever they are among its arguments.
_LANGUAGE = {
    "chmod": "+x a+x u+x",
    "curl": "DELETE GET HEAD PATCH POST PUT",
    "dig": "+short +trace A AAAA ANY CNAME MX NS PTR SOA SRV TXT any mx ns txt",
    "docker": "always bash sh unless-stopped",
    "fail2ban-client": "banip unbanip",
    "find": "+ ; {} d f l",
    "ip": "add default del dev down flush metric src table up via",
    "iptables": "ACCEPT DROP FORWARD INPUT OUTPUT REJECT all icmp tcp udp",
    "mount": "bind btrfs cifs ext4 loop nfs nfs4 ntfs overlay remount,rw tmpfs xfs",
    "nginx": "quit reload reopen stop",
    "podman": "always bash sh unless-stopped",
    "ps": "-ef aux auxf auxww axf ef faux",
    "python": "http.server pip venv",
    "python3": "http.server json.tool pip venv",
    "rc-service": "reload restart start status stop",
    "service": "reload restart start status stop",
    "shutdown": "now",
    "smartctl": "conveyance long offline short",
    "su": "-",
    "tar": "cf cvf cvzf czf czvf tf tvf tzf xf xvf xvzf xzf xzvf",
    "tcpdump": "and dst host icmp net not or port src tcp udp",
    "ufw": "any from in on out port proto tcp to udp",
    "xargs": "{}",
    "zfs": "filesystem snapshot volume",
    "zpool": "cache log mirror raidz raidz1 raidz2 raidz3 spare",
}
# Programs for which `-5` is a varying number; for others it is an option: `ip -4`.
_COUNTING = frozenset("git head journalctl nice tail watch".split())
# Long options that people also type as short ones, with the equal short option.
_SAME = {
    "docker": {"--all": "-a", "--filter": "-f", "--follow": "-f", "--tail": "-n"},
    "journalctl": {"--follow": "-f", "--lines": "-n", "--unit": "-u"},
    "kubectl": {"--follow": "-f", "--namespace": "-n", "--output": "-o"},
    "podman": {"--all": "-a", "--filter": "-f", "--follow": "-f", "--tail": "-n"},
    "tail": {"--follow": "-f", "--lines": "-n"},
}
_BIN = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/")
_NUMBERS = re.compile(r"[+-]?[0-9]+(?:[.:,][0-9]+){0,2}(?:[a-zA-Z]{1,3}|%)?")
_ADDRESS = re.compile(
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+|/[0-9]+)?"
    r"|(?=[^:]*:[^:]*:)[0-9a-fA-F:.]{2,39}(?:/[0-9]+)?"
)
_WORD = re.compile(r"[A-Za-z0-9._+@:-]+")
_PORT = re.compile(r"[0-9:-]+/(?:tcp|udp)")
_FILE = re.compile(
    r"[^/]+\.(?:bak|bash|cfg|conf|crt|csv|db|deb|env|gpg|gz|html?|img|ini|iso|jpe?g|js|json|key|lock"
    r"|log|md|mkv|mount|mp[34]|nix|pdf|pem|php|pl|png|pub|py|qcow2|rb|rpm|rs|sh|sql|sqlite|tar|tf|tgz"
    r"|toml|ts|txt|vmdk|xml|xz|ya?ml|zip|zst)"
)
_READ_AGAIN = re.compile(r"[<>'\"\\*?\[$`]")
_SEVERAL = re.compile(r"[*?`]|\$\(|\{[^{}]*,[^{}]*\}")  # may expand to several words
_TEXT_FOLLOWS = re.compile(r"-[el]*c")  # the next word is a command
_SHORT_OPTION = re.compile(r"-[A-Za-z]{1,3}|-[0-9]")
# Longer options are shown only if they are listed, because a value may be part of the word. First
# clusters of one-letter options, then words.
_CLUSTERS = frozenset(
    "-aHAX -aHAXv -alht -altr -antp -antup -auxf -avhP -avPh -avzP -avzh -azvP -aPvz -cvzf -czvf"
    " -fsSL -fsSLO -hlat -lahS -lahrt -lart -latr -lathr -lhtr -lntp -lntu -ltnp -ltrh -ltup -lunt"
    " -luntp -ntlp -ntpl -ntulp -plant -plnt -plntu -plntuw -rvzP -ssSL -sSfL -sSLf -sSfLO -tlnp"
    " -tlpn -tulnp -tulpen -tulpn -tuln -tunlp -ulnp -xvzf -xzvf -xvjf".split()
)
_WORD_OPTIONS = frozenset(
    "-Qdt -Syu -auto-approve -chdir -connect -dates -delete -depth -enddate -exec -fingerprint"
    " -group -iname -ipath -issuer -maxdepth -mindepth -mmin -mtime -name -newer -newkey -nodes"
    " -noout -path -perm -print -print0 -prune -servername -short -showcerts -size -subj -subject"
    " -text -type -uname -user -x509".split()
)
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,31}")
_ENDINGS = ("bash", "fish", "js", "pl", "py", "rb", "sh", "zsh")
_DEEPEST = 2  # commands inside of commands

SHELL_ONLY, UNKNOWN = "shell", "unknown"


class Folded:
    """A folded pipeline: its `pattern`, and a `key` that does not depend on the order of options.
    `values` are the folded words, in order, `uses` the public words of each command in it (`docker
    ps`). `everyday`: no home-lab verb would replace any of it. `by_path`: it runs a script by its
    path. `left_out` are the parts of the typed command that the pattern leaves out."""

    __slots__ = ("by_path", "everyday", "key", "left_out", "pattern", "uses", "values")

    def __init__(self) -> None:
        self.pattern = ""
        self.key: tuple[object, ...] = ()
        self.values: list[str] = []
        self.uses: list[str] = []
        self.everyday = True
        self.by_path = False
        self.left_out: set[str] = set()


def folded(
    pipeline: list[list[str]], programs: Container[str], scripts: Container[str] = ()
) -> Folded | str:
    """The pipeline with its varying parts folded, or the reason why it is in no group: SHELL_ONLY
    or UNKNOWN. `programs` are the names of this host's programs, `scripts` the file names of its
    own verbs."""
    made = Folded()
    texts, keys = [], []
    reason = ""
    for number, words in enumerate(pipeline):
        command = _Command(made, programs, scripts)
        reason = command.fold(words, 0)
        if reason == UNKNOWN or (reason and not number):  # `history | grep X`
            return reason
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


class _Command:
    def __init__(self, made: Folded, programs: Container[str], scripts: Container[str]) -> None:
        self._made = made
        self._programs = programs
        self._scripts = scripts
        self._parts: list[str] = []
        self._fixed: list[str] = []  # program and subcommands, of inner commands too
        self._rest: set[str] = set()  # options, and what the placeholders are

    @property
    def text(self) -> str:
        return " ".join(self._parts)

    def key(self) -> tuple[object, ...]:
        """The command, with its options and placeholders in a fixed order."""
        return (*self._fixed, "", *sorted(self._rest))

    def fold(self, words: list[str], depth: int) -> str:
        """Add a command; return why it can't be added, or ""."""
        redirected: list[str] = []
        if REDIRECTED in "".join(words):
            redirected = [word for word in words if word[:1] == REDIRECTED]
            words = [word for word in words if word[:1] != REDIRECTED]
        words = self._with_rights(self._unwrapped(words))
        if not words:
            return SHELL_ONLY
        first = words[0][1:] if words[0][:1] == "^" else words[0]  # nushell's own way
        if first in SHELL or first.rpartition("/")[2] in _OURS:
            return SHELL_ONLY
        program, rest = self._program(first), words[1:]
        if not program:
            return UNKNOWN
        is_text = program in INTERPRETERS and len(rest) > 1 and _TEXT_FOLLOWS.fullmatch(rest[0])
        if is_text and not self._inner(rest[1:2], depth):
            self._made.left_out.add(f"{program} {rest[0]}")
            return ""
        self._add(program, fixed=True)
        listed = public_words.is_program(program)
        if not (listed and public_words.is_everyday(program)):
            self._made.everyday = False
        if program in INTERPRETERS:
            fixed, rest = program, self._script(program, rest)
        else:
            fixed, rest = self._subcommands(program, rest, listed)
        if listed:
            self._made.uses.append(fixed)
        self._arguments(program, fixed, rest, depth)
        for word in redirected:
            self._redirection(*word[1:].split(REDIRECTED, 1))
        return ""

    def _add(self, part: str, fixed: bool = False) -> None:
        self._parts.append(part)
        if fixed:
            self._fixed += ("docker", "compose") if part == "docker-compose" else (part,)
            return
        if part[0] != "-":
            self._rest.add(part)
            return
        units = _units.get(part)  # parts are words of closed lists
        if units is None:
            units = _units[part] = _units_of(part)
        same = _SAME.get(self._fixed[0], {})
        self._rest.update([same.get(unit, unit) for unit in units] if same else units)

    def _unwrapped(self, words: list[str]) -> list[str]:
        """The command without assignments and without words that only change how it runs."""
        index = 0
        while index < len(words):
            word = words[index]
            name, equals, _ = word.partition("=")
            if equals and name.replace("_", "a").isalnum() and not name[:1].isdigit():
                index += 1
                self._made.left_out.add("variables")
                continue
            valued = _WRAPPERS.get(word)
            if valued is None:
                return words[index:] if index else words
            index += 1
            if word != "time":
                self._made.left_out.add(word)
            index = _behind_options(words, index, valued.split())
            if word in _TAKES_FIRST:
                index += 1
        return []

    def _with_rights(self, words: list[str]) -> list[str]:
        """The command behind sudo. sudo is shown, but does not make a different group."""
        if not words or words[0] not in _RIGHTS:
            return words
        valued = _RIGHTS[words[0]].split()
        end = _behind_options(words, 1, valued)
        inner = self._unwrapped(words[end:])
        if not inner or inner[0] in SHELL:
            return []
        self._parts.append(words[0])
        for before, word in zip(["", *words[1:end]], words[1:end]):
            if before and _has_value(before, valued):
                self._made.values.append(word)
                self._parts.append(NAME)
            else:
                self._parts.append(self._option("sudo", word))
        return inner

    def _redirection(self, sign: str, target: str) -> None:
        if "<<" in sign:
            self._made.left_out.add("the text that is fed to it")
        elif target == "/dev/null" or (sign.endswith("&") and target in ("0", "1", "2", "-")):
            self._parts.append(sign + target)
        else:
            self._made.values.append(target)
            self._parts += (sign, PATH)

    def _program(self, word: str) -> str:
        """The name of the program as it may be shown; SCRIPT for the path of an unknown program;
        "" if this host has no such program."""
        name = word.rpartition("/")[2]
        if name == word or word[: -len(name)] in _BIN:
            return name if self._is_known(name) else ""
        return self._shown_script(word) if name and len(word) <= 200 else ""

    def _is_known(self, name: str) -> bool:
        if not _PROGRAM.fullmatch(name):
            return False
        return public_words.is_program(name) or name in self._programs

    def _shown_script(self, word: str) -> str:
        self._made.by_path = True
        name = word.rpartition("/")[2]
        if name in self._scripts and _PROGRAM.fullmatch(name):
            return name
        stem, dot, ending = name.partition(".")
        words = stem.replace("_", "-").split("-")
        if (not dot or ending in _ENDINGS) and name.islower() and WISHES.issuperset(words):
            return name
        self._made.values.append(word)
        return SCRIPT

    def _script(self, program: str, rest: list[str]) -> list[str]:
        """Add the command of an interpreter: in `bash backup.sh now` the script is the program."""
        if rest and rest[0][:1] != "-" and (program != "node" or "." in rest[0]):
            self._made.everyday = False
            self._add(rest[0] if public_words.is_program(rest[0]) else self._shown_script(rest[0]))
            return rest[1:]
        return rest

    def _subcommands(self, program: str, rest: list[str], listed: bool) -> tuple[str, list[str]]:
        """The program with its subcommands in the public list, and the words behind them. Options
        between them keep their place; the word behind an option may be its value."""
        fixed = program
        if not listed:
            if rest and rest[0] in WISHES:
                self._add(rest[0], fixed=True)
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
            self._add(rest[index], fixed=True)
            fixed, rest = f"{fixed} {rest[index]}", rest[index + 1 :]

    def _arguments(self, program: str, fixed: str, rest: list[str], depth: int) -> None:
        before = _RUNS_COMMAND.get(fixed, -1)
        if before < 0:
            language = _language(program)
            for word in rest:
                self._argument(program, word, language)
            return
        valued = _VALUED.get(fixed, "").split()
        index = 0
        while index < len(rest):
            word = rest[index]
            if word[:1] == "-":
                self._argument(program, word)
                if _has_value(word, valued) and index + 1 < len(rest):
                    index += 1
                    self._argument("", rest[index])
            elif before:
                self._argument(program, word)
                before -= 1
            else:
                break
            index += 1
        if index < len(rest) and self._inner(rest[index:], depth):
            self._add(TEXT)
            self._made.values.append(" ".join(rest[index:]))

    def _inner(self, words: list[str], depth: int) -> str:
        """Add a command inside a command, which may be one word: `ssh nas 'zpool status'`; return
        why it can't be added, or ""."""
        made = self._made
        before = (self._parts, self._fixed, self._rest, made.values, made.uses, made.left_out)
        copies = [type(each)(each) for each in before]
        everyday, by_path = made.everyday, made.by_path
        found = [[words]]
        if len(words) == 1 and " " in words[0]:
            # a text that the inner shell reads again is shown as TEXT
            found = [] if _READ_AGAIN.search(words[0]) else pipelines(words[0])
        single = depth < _DEEPEST and len(found) == 1 and len(found[0]) == 1
        failed = self.fold(found[0][0], depth + 1) if single else UNKNOWN
        made.everyday = everyday and (made.everyday or bool(failed))
        if failed:
            made.by_path = by_path
            self._parts, self._fixed, self._rest = copies[:3]  # type: ignore[assignment]
            made.values, made.uses, made.left_out = copies[3:]  # type: ignore[assignment]
        return failed

    def _argument(self, program: str, word: str, language: Container[str] = ()) -> None:
        if word in language:
            self._add(word)
        elif word[:1] == "-" and word != "-":
            self._add(self._option(program, word))
        else:
            shown = kind(program, word)
            self._add(shown)
            self._made.values.append(word)
            if shown not in (TEXT, URL) and program not in _PATTERNS and _SEVERAL.search(word):
                self._parts[-1] += MANY

    def _option(self, program: str, word: str) -> str:
        if word == "--":
            return word
        name, equals, value = word.partition("=")
        if option_names.is_public(name) or name in _WORD_OPTIONS or word in _CLUSTERS:
            if not equals:
                return name
            self._made.values.append(value)
            return f"{name}={kind('', value)}"
        digits = word.rstrip("0123456789%smhdKMGT")
        if digits == "-":  # -50, but -4 is an option
            short = len(word) > 2 or program in _COUNTING
        else:  # -n50
            short = len(digits) == 2 and digits.isascii() and digits[1].isalpha()
        if short and _NUMBERS.fullmatch(word[len(digits) :]):
            self._made.values.append(word[len(digits) :])
            return digits + NUMBER
        if _SHORT_OPTION.fullmatch(word):
            return word
        self._made.values.append(word)
        return OPTION


_units: dict[str, tuple[str, ...]] = {}


def _units_of(part: str) -> tuple[str, ...]:
    """(the options in a shown option, the kind of its value)."""
    name, equals, value = part.partition("=")
    if equals:
        return name, value
    if part.endswith(NUMBER):
        return part[: -len(NUMBER)], NUMBER
    if part[1:].isalpha() and (len(part) <= 4 or part in _CLUSTERS):
        return tuple(f"-{letter}" for letter in part[1:])  # -la, -al and -l -a
    return (part,)


def _behind_options(words: list[str], index: int, valued: list[str]) -> int:
    """The index behind the options that begin at `index`; the `valued` options take a value."""
    while index < len(words) and words[index][:1] == "-":
        if words[index] == "--":
            return index + 1
        index += 2 if _has_value(words[index], valued) else 1
    return min(index, len(words))


def _has_value(word: str, valued: list[str]) -> bool:
    """Whether the next word is the value of an option or of the last one in a cluster: `-iu
    postgres`."""
    return word in valued or (word[1:].isalpha() and f"-{word[-1]}" in valued)


_languages: dict[str, frozenset[str]] = {}


def _language(program: str) -> frozenset[str]:
    known = _languages.get(program)
    if known is None:
        known = _languages[program] = frozenset(_LANGUAGE.get(program, "").split())
    return known


def kind(program: str, word: str) -> str:
    """The placeholder for the kind of a varying word."""
    if "://" in word:
        return URL
    if program in _TO_TEXT:
        return PATH if "/" in word and " " not in word else TEXT
    if _NUMBERS.fullmatch(word):
        return NUMBER
    if not _WORD.fullmatch(word):
        if _ADDRESS.fullmatch(word):
            return HOST
        if word[:2] == "$(" or word[:1] == "`":
            return NAME  # the output of another command
        if " " in word or "\n" in word or not word:
            return TEXT
        if program in _TO_HOSTS and "/" not in word:
            return HOST  # nas$i
        if _PORT.fullmatch(word) or (program in _TO_IMAGES and word[0] not in "/~."):
            return NAME
        return PATH if set("/~*") & set(word) else NAME
    if _ADDRESS.fullmatch(word) or ("@" in word and (program in _TO_HOSTS or not program)):
        return HOST
    if _FILE.fullmatch(word) or word[0] == ".":
        return PATH
    return HOST if program in _TO_HOSTS else NAME
