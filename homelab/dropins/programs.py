"""Pure: read the programs in a line `Needs:`, without the versions (`zpool >= 2.2`), words such as
`and`, commas and remarks (`zpool (ZFS)`, `zpool: for the pools`) that people write around them.

A part that is prose (`a pool with room for it`) or leaves a choice (`curl or wget`) names no
program: refusing a run without need is worse than letting it fail by itself.
"""

from __future__ import annotations

_NONE = frozenset("- -- . n.a n/a na nil no none nothing null".split()) | {"", "\u2013", "\u2014"}
# Words that show that a part of a line is prose: short words, systems, things other than programs.
_PROSE = frozenset(
    "access account any api as at be by card connection connectivity credentials debian "
    "dependencies dependency disk disks drive drives enabled etc fedora few for freebsd from gpu "
    "hardware has if in internet is it kernel key keys lan libraries library linux macos module "
    "modules more mounted must nas network not of on openwrt permission permissions privileges "
    "proxmox ram raspberry rhel rights run running see should some space support synology that "
    "this to token truenas ubuntu unix unraid using vpn when which windows with working wsl you "
    "your".split()
)
_ARTICLES = frozenset("a an the".split())
# With one of these words, a part is about a program even so: `the zpool command`.
_NOUNS = frozenset(
    "binaries binary command commands package packages program programs tool tools utility".split()
)
_OF_VERSIONS = frozenset(
    "at current installed latest least min minimum recent release required ver version versions"
    " v".split()
)
_LATER = frozenset("above better greater higher later newer up".split())
# Words for things without which a script still runs, or which are not programs on this host.
_OPTIONAL = frozenset(
    "cpan gem if library module npm only optional optionally or pip pip3 pipx recommended suggested"
    " unless".split()
)
_ACCOUNTS = frozenset(("root", "superuser"))
_JOINING = frozenset(("also", "and", "both", "plus", "und"))
_REMARKS = (" #", " -- ", " - ", " \u2013 ", " \u2014 ", ": ")
_ENDS = "<>=!(){}[];:'\"`$*?\\&@\u2265\u2264"  # ends of a name: `python3>=3.9`, `bash\u22654`
_BRACKETS = "()[]{}.,;:'\"`"
_SIZES = ("gb", "mb", "tb", "gib", "mib", "tib", "bit")
_TWO_WORDS = {
    "docker buildx": "docker", "docker compose": "docker", "git annex": "git-annex",
    "git crypt": "git-crypt", "git lfs": "git-lfs", "podman compose": "podman",
}  # fmt: skip
_DOUBT = "?"  # replaces a remark that says that the program before it is optional
_COMMA = ","


def named(value: str) -> tuple[list[str], str]:
    """(the programs and paths in the value of `Needs:`, each once; a word that shows that a part of
    it is prose, or "")."""
    value = value.strip()
    if value.rstrip(".!").lower() in _NONE or value.lower().startswith(("no ", "nothing ")):
        return [], ""
    name, _, remark = value.replace("\t", " ").partition("  ")
    if _of_part(remark.split())[1]:
        value = name  # `zpool   for the pools`
    text = _without_remarks(value)
    found: list[str] = []
    prose = ""
    choice: list[str] = []  # parts separated only by commas: `a, b or c` is one choice
    for words, comma in _parts(text):
        if not comma:
            choice = []
        programs, wrong = _of_part(words)
        if wrong == "or":
            found = [each for each in found if each not in choice]
        prose = prose or wrong
        new = [each for each in dict.fromkeys(programs) if each not in found]
        found += new
        choice += new
    return found, prose


def _without_remarks(text: str) -> str:
    """The text without remarks in parentheses or behind a dash."""
    kept = ""
    while "(" in text:
        before, _, rest = text.partition("(")
        inside, _, text = rest.partition(")")
        kept += before
        if not before.strip() or before.rstrip()[-1] in ",;":
            kept += inside  # `(zpool)` by itself
        elif _is_doubt(_words(inside)):
            kept += f" {_DOUBT} "
        else:
            kept += " "
    text = kept + text
    if text.lower().startswith("optional:"):
        return ""
    for sign in _REMARKS:
        before, there, _ = text.partition(sign)
        if there and before.strip():
            text = before
    return text


def _is_doubt(words: list[str]) -> bool:
    """Whether a remark says that its program is optional or is not a program; `4 or newer` does
    not."""
    return bool(_OPTIONAL & set(words)) and not ("or" in words and _LATER & set(words))


def _words(text: str) -> list[str]:
    return [word.strip(_BRACKETS).lower() for word in text.split()]


def _parts(text: str) -> list[tuple[list[str], bool]]:
    """The parts of a list, each as its words and whether only a comma is in front of it."""
    for sign in (",", ";", "&"):
        text = text.replace(sign, f" {_COMMA if sign == ',' else ';'} ")
    parts: list[tuple[list[str], bool]] = [([], False)]
    for word in text.split():
        if word == _COMMA:
            parts.append(([], True))
        elif word in (";", "+") or word.lower() in _JOINING:
            parts.append(([], False))
        else:
            parts[-1][0].append(word)
    return parts


def _of_part(words: list[str]) -> tuple[list[str], str]:
    """(the programs in a part of the line, ""), or ([], the word that shows that it names none)."""
    found: list[str] = []
    low = [word.strip(_BRACKETS).lower() for word in words]
    is_noun = not _NOUNS.isdisjoint(low)
    before = ""
    for at, word in enumerate(words):
        plain, last = low[at], before
        before = plain
        following = low[at + 1] if at + 1 < len(low) else ""
        if word == _DOUBT or plain in ("optional", "recommended"):
            if not found:
                return [], word if word != _DOUBT else ""
            found.pop()
        elif plain == "or" and following in _LATER:
            continue  # `4 or newer`
        elif plain == "or" or "|" in word:
            return [], "or"
        elif (
            plain in _NOUNS | _OF_VERSIONS | _ACCOUNTS
            or (plain in _LATER and last == "or")
            or (plain in _ARTICLES and is_noun)
        ):
            continue
        elif plain in _PROSE | _ARTICLES | _OPTIONAL or _is_size(plain):
            return [], word
        elif f"{last} {plain}" in _TWO_WORDS:
            found[-1:] = [_TWO_WORDS[f"{last} {plain}"]]
        else:
            found += filter(None, [_name(word)])
    return found, ""


def _name(word: str) -> str:
    """The program or path in a word, without a version or punctuation around it; "" for none."""
    name = word.strip(_BRACKETS) if not word.startswith((".", "~")) else word
    for end in _ENDS:
        name = name.partition(end)[0]
    name = name[:1] + name[1:].partition("~")[0]  # `bash~4`, and not `~/bin/x`
    if "/" in name and name[0] not in "/.~" and "." not in name:
        return ""  # a choice: `curl/wget`
    if ":" in word.strip(_BRACKETS):
        return ""  # `apt:jq`, an address
    is_name = any(sign.isalpha() for sign in name) and name[0] not in "-^"
    return name if is_name and not _is_version(name) else ""


def _is_version(word: str) -> bool:
    """Whether a word is a version: `2.2`, `v1.6`, `4.x`, `4+`, `3.0-rc1`; not `7z` or `2to3`."""
    word = word[1:] if word[:1] in ("v", "V") else word
    digits, dot, rest = word.rstrip("+").partition(".")
    return digits.isdigit() and (not dot or rest[:1].isdigit() or rest in ("x", "*"))


def _is_size(word: str) -> bool:
    """Whether a word is an amount: `2gb`, `64-bit`."""
    return word in _SIZES or any(
        word.endswith(unit) and word[: -len(unit)].rstrip("-").isdigit() for unit in _SIZES
    )
