"""A checkout of scripts like those that people have: one file for each kind found in practice, with
the right answer beside it. All of it was written for these tests.

A kind's `verb` are the words below the checkout's prefix. A file that cannot be a verb has a `why`:
a part of the reason that is given for it. `summary` is None if the kind does not test summaries.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

OK, REFUSED, NOT, ANY = "ok", "refused", "not a verb", ""


class Kind(NamedTuple):
    """A file of the checkout, the kind that it is an example of, and the right answer.

    `state`: as `verbs add --dry-run` shows it; ANY if more than one answer is right. `prints`: its
    stdout when it runs as a verb with `words`; None if it is not run. `link`: it is a symbolic link
    to that. `tracked`: whether git knows the file. `shows`: lines that --help shows of it.
    """

    kind: str
    path: str
    content: bytes = b""
    verb: str = ""
    prints: str | None = None
    summary: str | None = None
    state: str = OK
    why: str = ""
    mode: int = 0o644
    link: str = ""
    words: tuple[str, ...] = ()
    tracked: bool = True
    shows: tuple[str, ...] = ()


def _says(word: str, first: str = "#!/bin/sh") -> bytes:
    return f"{first}\necho {word}\n".encode()


def _runs(kind: str, path: str, verb: str, first: str = "#!/bin/sh", mode: int = 0o644) -> Kind:
    """A script that prints its verb."""
    return Kind(kind, path, _says(verb, first), verb, f"{verb}\n", mode=mode)


def _not(kind: str, path: str, why: str, content: bytes = b"a line\n", mode: int = 0o644) -> Kind:
    return Kind(kind, path, content, state=NOT, why=why, mode=mode)


def _head(kind: str, path: str, verb: str, text: str, summary: str) -> Kind:
    """A shell script that begins with `text`; other kinds show that it runs."""
    return Kind(kind, path, text.encode(), verb, summary=summary)


NAMES = (
    _runs("a name that is a word already", "backup", "backup", mode=0o755),
    _runs("small letters and -", "pool-status.sh", "pool-status", mode=0o755),
    _runs("an underscore", "disk_usage.sh", "disk-usage"),
    _runs("capitals and underscores", "Clean_Old_Logs.sh", "clean-old-logs"),
    _runs("capitals without a gap", "BulkMoveVMs.sh", "bulkmovevms"),
    _runs("a blank", "move photos.sh", "move-photos"),
    _runs("dots inside", "sync.to.offsite.sh", "sync-to-offsite"),
    _runs("a dot that begins no known ending", "vm.new", "vm-new"),
    _runs("a version in the name", "wipe.v2.sh", "wipe-v2"),
    _runs("digits in front", "10-mount-shares.sh", "10-mount-shares"),
    _runs("digits alone", "2048", "2048"),
    _runs("an underscore in front", "_renew.sh", "renew"),
    _runs("a - in front", "-purge.sh", "purge"),
    _runs("brackets, signs and blanks", "fix+perms (new), all.sh", "fix-perms-new-all"),
    _runs("a sign of the shell", "cost$now.sh", "cost-now"),
    _runs("an ending in capitals", "REBOOT.SH", "reboot"),
    _runs("letters with accents", "été.sh", "ete"),
    _not("a name without a letter or digit that folds", "日本.sh", "name", _says("x")),
    _runs("the name of a built-in's first word", "update.sh", "update"),
    _runs("the name of a built-in's first word as a folder", "logs/tail.sh", "logs tail"),
    _runs("a name that a tool answers itself", "help.sh", "help"),
    _runs("a long name", "a-script-that-" + "tells-" * 30 + "it-all.sh",
          "a-script-that-" + "tells-" * 30 + "it-all"),
)  # fmt: skip

ENDINGS = (
    *(
        _runs(f"the ending .{end}", f"endings/by-{end}.{end}", f"endings by-{end}")
        for end in "bash zsh fish ksh py pl rb js lua php awk".split()
    ),
    _not("a library by its ending", "build.func", "other scripts", _says("never")),
    _not("a batch file", "endings/start.bat", "#!", b"@echo off\r\necho never\r\n"),
    _not("a PowerShell script without #!", "endings/report.ps1", "#!", b"Write-Host never\n"),
)

FOLDERS = (
    _runs("a folder with capitals and a blank", "Media Tools/Convert_All.sh",
          "media-tools convert-all"),
    _runs("a folder with a dot", "cron.daily/rotate", "cron-daily rotate", mode=0o755),
    _runs("one of two folders that fold to one word", "Net_Tools/scan.sh", "net-tools scan"),
    _runs("the other of two folders that fold to one word", "net-tools/ping.sh", "net-tools ping"),
    _runs("the deepest place", "a/b/c/d/e/f/deep.sh", "a b c d e f deep"),
    Kind("deeper than a verb can be", "a/b/c/d/e/f/g/h/i/lost.sh", _says("never"), state=NOT),
    _runs("a script below docs", "docs/make_pdf.sh", "docs make-pdf"),
    _not("a script below lib", "lib/common.sh", "lib", _says("never"), 0o755),
    _not("a script far below lib", "nas/lib/zfs/pools.sh", "lib", _says("never")),
    _not("a script below examples", "examples/first.sh", "example", _says("never"), 0o755),
    _not("a script below templates", "templates/unit.sh", "template", _says("never")),
    _not("a script of a package", "web/node_modules/tool/cli.js", "", _says("never"), 0o755),
    _not("a script below .github", ".github/workflows/push.sh", "hidden", _says("never"), 0o755),
    _not("a hidden script", ".bashrc", "hidden", _says("never")),
    _runs("a script beside a folder of its name that has scripts too", "site/deploy.sh",
          "site deploy"),
    _runs("a script that is the default of the folder of its name", "site.sh", "site"),
    _runs("a script beside a folder of its name without scripts", "web-check.sh", "web-check"),
    _not("a page in a folder beside a script of its name", "web-check/index.html", "",
         b"<html></html>\n"),
    Kind("two files that fold to one name", "twin_disks.sh", _says("never"), "twin-disks",
         state=REFUSED, why="twin-disks"),
    Kind("two files that fold to one name, the other", "Twin.Disks.sh", _says("never"),
         "twin-disks", state=REFUSED, why="twin-disks"),
    Kind("two files that have one name without their endings", "clam.sh", _says("never"), "clam",
         state=REFUSED, why="lab clam"),
    Kind("two files that have one name without their endings, the other", "clam.py",
         _says("never"), "clam", state=REFUSED, why="lab clam"),
)  # fmt: skip

DATA = (
    _not("a README", "README.md", "", b"# Scripts of this lab\n"),
    _not("a README that begins with #!", "postfix.md", "data", b"#! Postfix\nNotes.\n"),
    _not("a README with an x bit", "README", "#!", b"See the wiki.\n", 0o755),
    _not("a licence", "LICENSE", "#!", b"MIT License\n"),
    _not("a makefile", "Makefile", "#!", b"all:\n\ttrue\n"),
    _not("a Dockerfile", "Dockerfile", "#!", b"FROM debian\n"),
    _not("a compose file", "docker-compose.yml", "", b"services: {}\n"),
    _not("an environment file", ".env", "hidden", b"A=1\n"),
    _not("a named environment file", "nas.env", "", b"A=1\n"),
    _not("a unit", "backup.service", "", b"[Service]\nExecStart=/bin/true\n"),
    _not("a timer", "backup.timer", "", b"[Timer]\nOnCalendar=daily\n"),
    _not("a configuration file", "smb.conf", "", b"[global]\n"),
    _not("a configuration file with a #! line", "nftables.conf", "data",
         b"#!/usr/sbin/nft -f\nflush ruleset\n", 0o755),
    _not("JSON with an x bit", "hosts.json", "", b"{}\n", 0o755),
    _not("a text", "notes.txt", "", b"to do\n"),
    _not("SQL with an x bit", "dump.sql", "", b"select 1;\n", 0o755),
    _not("a picture with an x bit", "logo.png", "#!", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 0o755),
    _not("an archive with an x bit", "old.tar.gz", "#!", b"\x1f\x8b\x08\0\0\0\0\0", 0o755),
    _not("a template of a script", "healthcheck.sh.j2", "data", _says("{{ host }}")),
    _not("a sample of a script", "notify.sh.sample", "data", _says("never")),
    _not("an editor's copy", "backup.sh~", "copy", _says("never"), 0o755),
    _not("a copy kept beside a script", "pool-status.sh.bak", "copy", _says("never"), 0o755),
    _not("Rust that begins with #!", "main.rs", "#!", b"#![allow(dead_code)]\nfn main() {}\n"),
    _not("an empty script", "empty.sh", "empty", b"", 0o755),
    _not("a sourced library without #!", "functions.sh", "#!", b"say() { echo \"$1\"; }\n"),
    _not("a script with an x bit and no #!", "no_line.sh", "#!", b"echo never\n", 0o755),
    _not("a #! on line 2", "late.sh", "#!", b"\n#!/bin/sh\necho never\n", 0o755),
    _not("a #! that says that the file is sourced", "colors.sh", "", b"#!/bin/false\nRED=1\n"),
    _not("bytes with an x bit", "blob", "#!", bytes(range(256)), 0o755),
    _not("a program without an x bit", "dtc", "x bit", b"\x7fELF\x02\x01\x01" + bytes(57)),
)  # fmt: skip

MODES = (
    _runs("mode 600", "modes/m600.sh", "modes m600", mode=0o600),
    _runs("mode 700", "modes/m700.sh", "modes m700", mode=0o700),
    _runs("mode 444", "modes/m444.sh", "modes m444", mode=0o444),
    Kind("mode 777", "modes/m777.sh", _says("never"), "modes m777", state=REFUSED, why="writable",
         mode=0o777),
    Kind("not readable", "modes/secret.sh", _says("never"), "modes secret", state=REFUSED,
         why="read", mode=0o200, tracked=False),
)  # fmt: skip

FIRST_LINES = (
    _runs("a blank behind #!", "lines/blank.sh", "lines blank", "#! /bin/sh"),
    _runs("an option", "lines/option.sh", "lines option", "#!/bin/sh -eu"),
    _runs("env", "lines/env", "lines env", "#!/usr/bin/env sh"),
    _runs("env -S", "lines/env_s.sh", "lines env-s", "#!/usr/bin/env -S sh -e -u"),
    Kind("env -S with an option of Python", "lines/unbuffered.py",
         b"#!/usr/bin/env -S python3 -u\nimport sys\nprint(sys.stdout.write_through)\n",
         "lines unbuffered", "True\n"),
    Kind("env -S that sets a variable", "lines/variable.sh",
         b"#!/usr/bin/env -S POOL=tank sh\necho $POOL\n", "lines variable", "tank\n"),
    Kind("an interpreter that reads its file by an option", "lines/count.awk",
         b"#!/usr/bin/awk -f\nBEGIN { print 6 * 7 }\n", "lines count", "42\n"),
    Kind("CR LF in the #! line of a shell script", "lines/dos.sh",
         b"#!/bin/sh\r\necho never\r\n", "lines dos", state=REFUSED, why="CR LF"),
    Kind("CR LF everywhere but in the #! line", "lines/half_dos.sh",
         b"#!/bin/sh\necho half # \r\n", "lines half-dos", "half\n"),
    Kind("a byte order mark before #!", "lines/marked.sh",
         b"\xef\xbb\xbf#!/bin/sh\necho marked\n", "lines marked", "marked\n"),
    Kind("no line end behind the #! line", "lines/bare", b"#!/bin/sh", "lines bare", ""),
    Kind("an interpreter that is not on this host", "lines/missing.rb",
         b"#!/opt/nowhere/bin/ruby\nputs 1\n", "lines missing", state=REFUSED,
         why="/opt/nowhere/bin/ruby"),
    Kind("env with a program that is not on this host", "lines/env_missing.py",
         b"#!/usr/bin/env no-such-python\nprint(1)\n", "lines env-missing", state=ANY),
    Kind("an interpreter by its name alone", "lines/relative.sh", b"#!sh\necho never\n",
         state=ANY),
)  # fmt: skip

CONTENTS = (
    Kind("a very long line", "contents/long.sh",
         b"#!/bin/sh\n# " + b"x" * 100_000 + b"\necho end of it\n", "contents long", "end of it\n"),
    Kind("a comment in Latin-1", "contents/latin.sh",
         b"#!/bin/sh\n# Donn\xe9es de la maison.\n\necho latin\n", "contents latin", "latin\n"),
    Kind("an archive behind the script", "contents/payload.sh",
         b"#!/bin/sh\necho payload\nexit 0\n\0\xff\x1f\x8b\n", "contents payload", "payload\n"),
    Kind("its arguments", "contents/words.sh", b"#!/bin/sh\nprintf '<%s>' \"$@\"\n",
         "contents words", "<a b><--all><-h>", words=("a b", "--all", "-h")),
    Kind("its own folder by $0", "contents/by_zero.sh",
         b'#!/bin/sh\n. "$(dirname "$0")/../lib/own.sh"\nown\n', "contents by-zero", "own\n"),
    Kind("its own folder by BASH_SOURCE", "contents/by_source.sh",
         b'#!/usr/bin/env bash\nhere="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"\n'
         b'source "$here/../lib/own.sh"\nown\n', "contents by-source", "own\n"),
    Kind("its own folder by __file__", "contents/by_file.py",
         b"#!/usr/bin/env python3\nimport os\nhere = os.path.dirname(os.path.abspath(__file__))\n"
         b"print(open(os.path.join(here, '../lib/own.sh')).read().split('(')[0])\n",
         "contents by-file", "own\n"),
    _not("the library of those", "lib/own.sh", "lib", b"own() { echo own; }\n"),
    Kind("a program with an x bit", "contents/probe", Path("/bin/sh").read_bytes(),
         "contents probe", "probe\n", "", mode=0o755, words=("-c", "echo probe")),
)  # fmt: skip

LINKS = (
    Kind("a link to a script in the checkout", "links/alias.sh", link="../backup",
         verb="links alias", prints="backup\n"),
    Kind("a link to a script outside", "links/outside.sh", link="../../outside.sh",
         verb="links outside", prints="outside\n"),
    Kind("a link to nothing", "links/broken.sh", link="nowhere.sh", state=ANY),
    Kind("links that lead to one another", "links/one.sh", link="two.sh", state=ANY),
    Kind("links that lead to one another, the other", "links/two.sh", link="one.sh", state=ANY),
    Kind("a link to the folder above", "links/up", link="..", state=ANY),
)  # fmt: skip
LOST = ("links/broken.sh", "links/one.sh", "links/two.sh", "links/up", "links/pipe")

_CODE = "\nset -euo pipefail\n\necho run\n"
HEADS = (
    _head("our header", "heads/own.sh", "heads own",
          "#!/bin/sh\n# Summary: free space of the pools.\n# Effect: read\n\necho run\n",
          "free space of the pools"),
    _head("a comment block", "heads/block.sh", "heads block",
          "#!/usr/bin/env bash\n#\n# Copy the photos to the second disk.\n"
          "# Nothing is deleted there.\n" + _CODE, "Copy the photos to the second disk"),
    _head("three lines of comment with code behind them", "heads/three.sh", "heads three",
          "#!/bin/sh\n# Renew the certificates of the proxy\n# and reload it. It runs\n"
          "# once a day.\ncertbot renew\n", "Renew the certificates of the proxy and reload it"),
    _head("a licence first", "heads/licence.sh", "heads licence",
          "#!/bin/sh\n# SPDX-License-Identifier: MIT\n# Copyright (c) 2020 the lab\n\n"
          "# Restart containers that report unhealthy.\n\necho run\n",
          "Restart containers that report unhealthy"),
    _head("set -u first", "heads/strict.sh", "heads strict",
          "#!/bin/bash\nset -u\n\n# Rotate the snapshots of a dataset.\n\necho run\n",
          "Rotate the snapshots of a dataset"),
    _head("a line for ShellCheck first", "heads/lint.sh", "heads lint",
          "#!/bin/sh\n# shellcheck disable=SC2086\n# Wake the backup host.\n\necho run\n",
          "Wake the backup host"),
    _head("the file's name in front", "heads/named.sh", "heads named",
          "#!/bin/sh\n# named.sh - list the leases of the DHCP server\n\necho run\n",
          "list the leases of the DHCP server"),
    _head("a box of signs", "heads/box.sh", "heads box",
          "#!/bin/sh\n##########################\n#  Trim all the SSDs     #\n"
          "##########################\n\necho run\n", "Trim all the SSDs"),
    _head("a label", "heads/label.sh", "heads label",
          "#!/bin/bash\n# Script: label.sh\n# Author: the lab\n"
          "# Description: Mount the shares of the NAS\n# Version: 1.2\n\necho run\n",
          "Mount the shares of the NAS"),
    _head("a docstring", "heads/docstring.py", "heads docstring",
          '#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n"""Report the heat of the disks.\n\n'
          'More of it.\n"""\nprint("run")\n', "Report the heat of the disks"),
    _head("no comment", "heads/none.sh", "heads none", "#!/bin/sh\necho run\n", ""),
    _head("commented-out code", "heads/code.sh", "heads code",
          "#!/bin/sh\n#rsync -a /srv/photos /mnt/disk2\n#umount /mnt/disk2\n\necho run\n", ""),
    _head("a note to oneself", "heads/todo.sh", "heads todo",
          "#!/bin/sh\n# TODO: handle blanks in names\n\necho run\n", ""),
    _head("an author and a date", "heads/author.sh", "heads author",
          "#!/bin/sh\n# Author: the lab\n# Date: 2021-03-04\n# Version 1.3\n\necho run\n", ""),
    _head("a comment on the next line of code", "heads/step.sh", "heads step",
          "#!/bin/sh\n# default values\nPOOL=tank\necho run\n", ""),
    _head("a comment far below", "heads/below.sh", "heads below",
          "#!/bin/sh\nA=1\nB=2\nC=3\nD=4\n# Remove what the loop has left.\n\necho run\n", ""),
    _head("an address alone", "heads/address.sh", "heads address",
          "#!/bin/sh\n# https://wiki.lan/scripts\n\necho run\n", ""),
    _head("the file's name on a line of its own", "heads/own_line.sh", "heads own-line",
          "#!/bin/bash\n#\n# own_line.sh\n#\n# Moves idle containers to another node.\n#\n"
          "# Usage:\n#   own_line.sh <node>\n" + _CODE, "Moves idle containers to another node"),
    _head("a command that fetches it, then its purpose", "heads/fetched.sh", "heads fetched",
          '#!/usr/bin/env bash\n# bash -c "$(curl -fsSL https://git.lan/fetched.sh)"\n'
          "# Purpose: Enlarge the disk of a guest\n" + _CODE, "Enlarge the disk of a guest"),
    _head("code first and the block right behind it", "heads/behind.sh", "heads behind",
          "#!/bin/bash\n\nset -euo pipefail\n# Publish the pages of the wiki\n\necho run\n",
          "Publish the pages of the wiki"),
    _head("a block of dependencies before the docstring", "heads/inline.py", "heads inline",
          '#!/usr/bin/env -S uv run --script\n# /// script\n# requires-python = ">=3.11"\n'
          '# dependencies = ["rich"]\n# ///\n"""Draw the load of the cluster."""\n\n'
          'print("run")\n', "Draw the load of the cluster"),
    _head("its history, after author and date", "heads/history.sh", "heads history",
          "#!/bin/sh\n#  vim:ts=4:sts=4:sw=4:et\n#\n#  Author: the lab\n#  Date: 2019-05-06\n#\n"
          "#  (moved here from the router)\n#\n\necho run\n", ""),
    _head("keys of an init script", "heads/rc", "heads rc",
          "#!/bin/sh\n#\n# PROVIDE: proxy\n# REQUIRE: NETWORKING\n# KEYWORD: shutdown\n" + _CODE,
          ""),
    _head("a title of a section", "heads/section.py", "heads section",
          "#!/usr/bin/env python3\n# STANDARD MODULES\nimport os\n\nprint(os.name)\n", ""),
    _head("one command that is commented out", "heads/command.sh", "heads command",
          "#!/bin/sh\n# docker tag page registry.lan:5000/page:latest\n\necho run\n", ""),
    _head("an author alone", "heads/by.sh", "heads by",
          "#!/bin/bash\n# by: someone from the forum\n\necho run\n", ""),
    _head("a warning", "heads/warning.sh", "heads warning",
          "#!/bin/sh\n# This script must be run as root!\n\necho run\n", ""),
)  # fmt: skip

USAGES = (
    Kind("a function with a here document", "usages/document.sh",
         b"#!/bin/bash\nusage() {\n  cat <<EOF\nUsage: $(basename \"$0\") [-n] POOL\n\n"
         b"  -n, --dry-run   only say what is done\nEOF\n}\n"
         b'case "$1" in -h|--help) usage; exit 0 ;; esac\necho run\n', "usages document",
         shows=("Usage: homelab lab usages document [-n] POOL",
                "-n, --dry-run   only say what is done")),
    Kind("a function with echo", "usages/Echo_Lines.sh",
         b'#!/bin/sh\nshow_help() {\n  echo "Usage: $0 HOST"\n  echo "  HOST  the host to wake"\n'
         b'}\n[ "$1" = "-h" ] && show_help && exit 0\necho run\n', "usages echo-lines",
         shows=("Usage: homelab lab usages echo-lines HOST", "HOST  the host to wake")),
    Kind("a usage in the comment block", "usages/comment.sh",
         b"#!/bin/bash\n# Move a guest to another node.\n#\n# Usage:\n#   comment.sh VMID NODE\n\n"
         b"echo run\n", "usages comment", summary="Move a guest to another node",
         shows=("homelab lab usages comment VMID NODE",)),
    Kind("argparse", "usages/parsed.py",
         b"#!/usr/bin/env python3\nimport argparse\n"
         b'parser = argparse.ArgumentParser(description="Count the files of a share.")\n'
         b'parser.add_argument("--depth", type=int, help="levels to count")\n'
         b"parser.parse_args()\n", "usages parsed",
         shows=("Count the files of a share.", "--depth DEPTH", "levels to count")),
    Kind("a help that is not in the script's text", "usages/elsewhere.sh",
         b'#!/bin/sh\ncase "$1" in\n    -h) man smartctl ;;\nesac\n', "usages elsewhere",
         shows=("homelab lab usages elsewhere -h",)),
    Kind("--help behind --", "usages/passed.sh", b"#!/bin/sh\nprintf '<%s>' \"$@\"\n",
         "usages passed", "<--help>", words=("--", "--help")),
)  # fmt: skip

KINDS: tuple[Kind, ...] = (
    *NAMES, *ENDINGS, *FOLDERS, *DATA, *MODES, *FIRST_LINES, *CONTENTS, *LINKS, *HEADS, *USAGES,
)  # fmt: skip


def runnable() -> Iterator[Kind]:
    """The kinds that must run. All endings count as one kind in a run, and so do all heads."""
    for kind in KINDS:
        if kind.prints is not None and (kind not in ENDINGS or kind is ENDINGS[0]):
            yield kind


def build(checkout: Path) -> None:
    """Write the corpus into a new folder. A script beside it is the target of a link."""
    outside = checkout.parent / "outside.sh"
    outside.write_bytes(_says("outside"))
    outside.chmod(0o755)
    checkout.mkdir(mode=0o755)
    for kind in KINDS:
        path = checkout / kind.path
        _make(path.parent)
        if kind.link:
            path.symlink_to(kind.link)
        else:
            path.write_bytes(kind.content)
            path.chmod(kind.mode)
    os.mkfifo(checkout / "links/pipe", 0o644)


def _make(folder: Path) -> None:
    """Make a folder that others can't change, whatever the umask."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)
