"""Pure: which files in a folder of scripts are verbs, and why the others are not."""

from __future__ import annotations

from homelab.dropins.names import fold

# Folders of an adopted checkout whose scripts are for other scripts, for reading, or others' work.
SKIPPED = frozenset(
    "lib libs library libraries example examples sample samples template templates skel skeleton"
    " node-modules vendor third-party site-packages venv pycache".split()
)
_COPIES = (".bak", ".old", ".orig", ".rej", ".save", ".swp", ".swo", ".tmp")
_PACKAGERS = (".dpkg-", ".rpmnew", ".rpmsave", ".rpmorig", ".pacnew", ".pacsave")
# A text that begins with #! and has one of these endings is no program that anybody starts.
_DATA = frozenset(
    ".j2 .jinja .jinja2 .tpl .tmpl .template .in .sample .example .dist .erb .gotmpl .md .markdown"
    " .txt .rst .adoc .org .html .htm .css .json .json5 .yml .yaml .toml .ini .conf .cfg .env"
    " .service .timer .socket .mount .patch .diff .disabled .off .sql .csv .xml .log .plist"
    " .desktop .rules .lock .pem .crt .key .pub".split()
)
_PROGRAMS = (b"\x7fELF",)
_BOM = b"\xef\xbb\xbf"


def is_skipped(folder: str) -> bool:
    """Whether the scripts below an adopted checkout's folder of this name are no verbs."""
    return folder[:1] == "." or fold(folder) in SKIPPED


def is_copy(name: str) -> bool:
    """Whether a file's name is that of an editor's or a package manager's copy of another file."""
    small = name.lower()
    return (
        name.endswith("~")
        or (name[:1] == name[-1:] == "#")
        or small.endswith(_COPIES)
        or any(mark in small for mark in _PACKAGERS)
    )


def interpreter_line(head: bytes) -> bytes:
    """What stands behind #! in the first line, without blanks around; b"" where that names no
    program: `#![allow(…)]` is Rust's, `#!ipxe` is a boot loader's."""
    if head[:3] == _BOM:
        head = head[3:]
    line = head.split(b"\n", 1)[0]
    behind = line[2:].strip() if line[:2] == b"#!" else b""
    return behind if behind[:1] == b"/" else b""


def not_a_verb(name: str, head: bytes | None, executable: bool, adopted: bool) -> str:
    """Why a file is no verb, by its name, the beginning of it (None: it can't be read) and its x
    bit; "" where it is one. In a folder of verbs an x bit says that it is meant as one; in an
    `adopted` checkout only what the file holds does."""
    if name[:1] == ".":
        return "it is hidden"
    if is_copy(name):
        return "it is a copy of another file"
    if not fold(name):
        return "its name has no letter or digit"
    if head is None or (executable and not adopted):
        return ""
    if not head:
        return "it is empty"
    dot = name.rpartition(".")
    if dot[0] and dot[1] + dot[2].lower() in _DATA:
        return f"it is data, by its ending {dot[1]}{dot[2]}"
    if interpreter_line(head) or (executable and head.startswith(_PROGRAMS)):
        return ""
    return "it has no #! line"
