"""Pure: what the sh of another host runs for us, as one word.

The account's login shell, whichever it is, reads the line first, so the line is one word in single
quotes, without a character that sh, csh or fish treat differently there: no quote, backslash,
exclamation mark or newline. Its answers are lines that begin with `homelab:`, since a login may
print anything before them; first it ends a line that the login may have begun (a prompt's colours,
a terminal's title).
"""

from __future__ import annotations

from homelab.remote.reply import FOREIGN, MISSING

# $l is the login's locale, and $HOMELAB_ON whether it counts its runs (`settings.of_account`)
_HEAD = 'l="$LC_ALL"; export HOMELAB_ON="$HOMELAB_TELEMETRY" HOMELAB_TELEMETRY=0 LC_ALL=C; '
# say NAME VALUE: a line of the answer
_SAY = 'say() { echo "homelab:$1=$2"; }; '
# own FILE: whether only root and this account can change a path without links, from / on, by the
# rules of `ownership`; else $at is the component at fault. A group counts as this account's own by
# its name: its members are not looked up.
OWN = (
    'u=$(id -u); g=; if [ "$(id -gn)" = "$(id -un)" ]; then g=$(id -g); fi; '
    'own() { case "$1" in /*) own "${1%/*}" || return ;; ?*) at="$1"; return 1 ;; esac; '
    'set -- "${1:-/}" $(ls -ldn "${1:-/}" 2> /dev/null); at="$1"; '  # $2 mode, $4 owner, $5 group
    'case "$2:$4" in [d-]*:0 | [d-]*:"$u") ;; *) return 1 ;; esac; '
    'case "$2:$5" in d????????[tT]*) ;; [d-]???????w* | [d-]????w????*+:*) return 1 ;; '
    '[d-]????w*:"$g") ;; [d-]????w*) return 1 ;; esac; }; '
)
# $r is the homelab that is installed below $p, in PATH or in /usr/local, by its path without links.
# The script ends here if there is none, or if another account can change it.
INSTALLED = (
    'f="$p/bin/homelab"; [ -x "$f" ] || f=$(command -v homelab) || f=/usr/local/bin/homelab; '
    f'[ -x "$f" ] || {{ say done {MISSING}; exit 0; }}; '
    'say path "$f"; r=$(readlink -f "$f") || r="$f"; '
    f'own "$r" || {{ say at "$at"; say done {FOREIGN}; exit 0; }}; '
)


def prefix_wrong(prefix: str) -> str:
    """Why a prefix can't be used on another host, "" if it can."""
    if prefix and not prefix.startswith(("/", "~/")):
        return "it must be an absolute path there, or begin with ~/"
    if any(sign in "\"'\\$`!" or not sign.isprintable() for sign in prefix):
        return "it contains a character that shells treat specially"
    return ""


def where(prefix: str) -> str:
    """Set $p to where homelab is installed: below `prefix`, or for "" in the default folder."""
    if not prefix:
        return 'if [ "$(id -u)" = 0 ]; then p=/usr/local; else p="$HOME/.local"; fi; '
    return f'p="$HOME/{prefix[2:]}"; ' if prefix.startswith("~/") else f'p="{prefix}"; '


def wrapped(line: str, settings: str = "umask 022; ") -> str:
    """The word that runs a `line` of sh in any login shell; it has `say`, and is not counted."""
    return f"exec sh -c '{_HEAD}{settings}echo; {_SAY}{line}'"
