"""Pure: which files in a folder of scripts are verbs, and why the others are not."""

from __future__ import annotations

from homelab.dropins.dropin import BOM
from homelab.dropins.names import fold, word_of

# Folders of an adopted checkout with libraries, examples or third-party code instead of verbs.
SKIPPED = frozenset(
    "lib libs library libraries example examples sample samples template templates skel skeleton"
    " node-modules vendor third-party site-packages venv pycache".split()
)
# A text that begins with #! and has one of these endings is not a program that people start.
_DATA = frozenset(
    ".j2 .jinja .jinja2 .tpl .tmpl .template .in .sample .example .dist .erb .gotmpl .md .markdown"
    " .txt .rst .adoc .org .html .htm .css .json .json5 .yml .yaml .toml .ini .conf .cfg .env"
    " .service .timer .socket .mount .patch .diff .disabled .off .sql .csv .xml .log .plist"
    " .desktop .rules .so .ko .o .a .dll .exe .jar .lock .pem .crt .key .pub".split()
)
_LIBRARIES = (".func", ".inc", ".lib", ".inc.sh", ".lib.sh", ".inc.bash", ".lib.bash")
# Hidden folders in which checkouts of dotfiles keep the scripts of ~/.local/bin.
_OPEN = frozenset((".local", ".bin", ".scripts"))
# Reasons why a file is not a verb, which other modules compare with.
NO_LINE = "it has no #! line"
NO_PATH = "its #! line does not name a program by its full path"
EMPTY = "it is empty"
NO_X = "it is a program without an x bit"
NO_FILE = "it is not a regular file"
NOWHERE = "it is a broken link"
_PROGRAMS = (b"\x7fELF",)


def is_hidden(folder: str) -> bool:
    """Whether a checkout's folder with this name, and everything in it, is hidden."""
    return folder[:1] == "." and folder not in _OPEN


def is_skipped(folder: str) -> bool:
    """Whether scripts below an adopted checkout's folder with this name are not verbs."""
    return is_hidden(folder) or fold(folder) in SKIPPED


def why_folder_is_skipped(folders: list[str]) -> str:
    """Why a file of a checkout is not a verb, from the names of the folders above it; "" if they do
    not exclude it."""
    for name in folders:
        if is_hidden(name):
            return "it is hidden"
        if is_skipped(name):
            return f"everything below {name}/ is for other scripts"
    return ""


def interpreter_line(head: bytes) -> bytes:
    """The text behind #! in the first line, without blanks around it; b"" if it does not begin with
    the full path of a program: `#![allow(…)]` is Rust, `#!ipxe` is a boot loader's script."""
    behind = _behind(head)
    return behind if behind[:1] == b"/" else b""


def _behind(head: bytes) -> bytes:
    if head[:3] == BOM:
        head = head[3:]
    line = head.split(b"\n", 1)[0]
    return line[2:].strip() if line[:2] == b"#!" else b""


def is_data(name: str) -> str:
    """Why a file with this name is data; "" if its ending does not say so."""
    stem, dot, ending = name.rpartition(".")
    known = stem and (dot + ending.lower() in _DATA or ".so." in name)
    return f"it is data, by its ending {dot}{ending}" if known else ""


def not_a_verb(name: str, head: bytes | None, executable: bool) -> str:
    """Why a file is not a verb, from its name and its first bytes (None if it can't be read); "" if
    it is a verb."""
    if not word_of(name):
        return "its name has no letter or digit"
    if head is None:
        return ""
    if not head:
        return EMPTY
    data = is_data(name)
    if data:
        return data
    if name.lower().endswith(_LIBRARIES):
        return "it is for other scripts, by its ending"
    line = interpreter_line(head)
    program = line.split(None, 1)[0] if line else b""
    if program.endswith(b"/false") or program.startswith(b"/hint/"):
        return f"its #! line {program.decode('utf-8', 'replace')} means that it is not to be run"
    if line or (executable and head.startswith(_PROGRAMS)):
        return ""
    if head.startswith(_PROGRAMS):
        return NO_X
    return NO_PATH if _behind(head) else NO_LINE
