"""Pure: which files in a folder of scripts are verbs, and why the others are not."""

from __future__ import annotations

from homelab.dropins.dropin import BOM
from homelab.dropins.names import fold, word_of

# Folders of an adopted checkout whose scripts are for other scripts, for reading, or others' work.
SKIPPED = frozenset(
    "lib libs library libraries example examples sample samples template templates skel skeleton"
    " node-modules vendor third-party site-packages venv pycache".split()
)
# A text that begins with #! and has one of these endings is no program that anybody starts.
_DATA = frozenset(
    ".j2 .jinja .jinja2 .tpl .tmpl .template .in .sample .example .dist .erb .gotmpl .md .markdown"
    " .txt .rst .adoc .org .html .htm .css .json .json5 .yml .yaml .toml .ini .conf .cfg .env"
    " .service .timer .socket .mount .patch .diff .disabled .off .sql .csv .xml .log .plist"
    " .desktop .rules .so .ko .o .a .dll .exe .jar .lock .pem .crt .key .pub".split()
)
_LIBRARIES = (".func", ".inc", ".lib", ".inc.sh", ".lib.sh", ".inc.bash", ".lib.bash")
# Hidden folders in which checkouts of dotfiles have what other hosts have in ~/.local/bin.
_OPEN = frozenset((".local", ".bin", ".scripts"))
# Why a file is no verb, where more than one place asks which it is.
NO_LINE = "it has no #! line"
NO_PATH = "its #! line names no program by its whole path"
EMPTY = "it is empty"
NO_X = "it is a program without an x bit"
NO_FILE = "it is not a regular file"
NOWHERE = "it is a link that leads nowhere"
_PROGRAMS = (b"\x7fELF",)


def is_hidden(folder: str) -> bool:
    """Whether a checkout's folder of this name is hidden, with what it holds."""
    return folder[:1] == "." and folder not in _OPEN


def is_skipped(folder: str) -> bool:
    """Whether the scripts below an adopted checkout's folder of this name are no verbs."""
    return is_hidden(folder) or fold(folder) in SKIPPED


def why_folder_is_skipped(folders: list[str]) -> str:
    """Why a checkout's file is no verb, by the names of the folders above it; "" for no reason."""
    for name in folders:
        if is_hidden(name):
            return "it is hidden"
        if is_skipped(name):
            return f"what is below {name}/ is for other scripts"
    return ""


def interpreter_line(head: bytes) -> bytes:
    """What follows #! in the first line, without blanks around; b"" where that names no program by
    its whole path: `#![allow(…)]` is Rust's, `#!ipxe` is a boot loader's."""
    behind = _behind(head)
    return behind if behind[:1] == b"/" else b""


def _behind(head: bytes) -> bytes:
    if head[:3] == BOM:
        head = head[3:]
    line = head.split(b"\n", 1)[0]
    return line[2:].strip() if line[:2] == b"#!" else b""


def is_data(name: str) -> str:
    """Why a file of this name is data; "" where its ending does not say so."""
    stem, dot, ending = name.rpartition(".")
    known = stem and (dot + ending.lower() in _DATA or ".so." in name)
    return f"it is data, by its ending {dot}{ending}" if known else ""


def not_a_verb(name: str, head: bytes | None, executable: bool) -> str:
    """Why a file is no verb, by its name and the beginning of it (None: it can't be read); "" where
    it is one."""
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
        return f"its #! line {program.decode('utf-8', 'replace')} says that it is not run"
    if line or (executable and head.startswith(_PROGRAMS)):
        return ""
    if head.startswith(_PROGRAMS):
        return NO_X
    return NO_PATH if _behind(head) else NO_LINE
