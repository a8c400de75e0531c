"""The summary of a script from comments that were not written for homelab: right as often as
possible, and none if it could be wrong."""

from __future__ import annotations

import pytest

from homelab.dropins import comments

SH, PY = "#!/bin/bash\n", "#!/usr/bin/env python3\n"
THREE = "# Copies the photos to the second disk\n# and to the cloud.\n# Old copies stay.\n"

MIT = """\
# MIT License
#
# Copyright (c) 2021 the lab
#
# Permission is hereby granted, free of charge, to any person obtaining a copy
# of this software to deal in the Software without restriction, including
# the rights to use and to sell copies of the Software.
#
# THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
# IMPLIED, INCLUDING BUT NOT LIMITED TO MERCHANTABILITY.
"""
APACHE = """\
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# is distributed on an "AS IS" BASIS.
"""
GPL = """\
# This program is free software: you can redistribute it and/or modify
# it under the terms of the GNU General Public License as published by
# the Free Software Foundation, either version 3 of the License, or
# (at your option) any later version.
"""

RIGHT = {
    "a line and a blank line": (SH + "# Copy the photos\n\ncp\n", "Copy the photos"),
    "three lines above code": (
        SH + THREE + "cp a b\n",
        "Copies the photos to the second disk and to the cloud",
    ),
    "a blank line first": (SH + "\n# Copy the photos\n\ncp\n", "Copy the photos"),
    "set -euo pipefail first": (
        SH + "set -euo pipefail\n\n# Copy the photos\n\n",
        "Copy the photos",
    ),
    "set -u right below": (SH + "# Copy the photos\nset -u\n", "Copy the photos"),
    "IFS and shopt first": (
        SH + "set -e\nIFS=$'\\n\\t'\nshopt -s nullglob\n# Copy the photos\n\n",
        "Copy the photos",
    ),
    "one line of code first": (SH + ". ./lib.sh\n\n# Copy the photos\n\nx\n", "Copy the photos"),
    "file name and dash": (SH + "# nas.sh - copy the photos\n\n", "copy the photos"),
    "file name and colon": (SH + "# nas.sh: copy the photos\n\n", "copy the photos"),
    "file name alone above": (SH + "#\n# nas.sh\n#\n# Copy the photos.\n#\n\n", "Copy the photos"),
    "word and long dash": (SH + "# nas \u2014 copy the photos\n\n", "copy the photos"),
    "another name that is a file": (SH + "# other.sh - copy the photos\n\n", "copy the photos"),
    "name in capitals": (SH + "# NAS - copy the photos\n\n", "copy the photos"),
    "manual section": (SH + "# nas(1) - copy the photos\n\n", "copy the photos"),
    "Description:": (SH + "# Description: copy the photos\n\n", "copy the photos"),
    "Purpose:": (
        SH + "# Author: the lab\n# Purpose: copy the photos.\n# Date: 2020\n",
        "copy the photos",
    ),
    "About :": (SH + "# About   : copy the photos\n\n", "copy the photos"),
    "Description below": (
        SH + "# Description:\n#   copy the photos\n#   by night\n\n",
        "copy the photos by night",
    ),
    "DESCRIPTION heading": (
        SH + "# NAME\n#   nas - copy the photos\n# SYNOPSIS\n\n",
        "copy the photos",
    ),
    "Script name and purpose": (
        SH + "# Script: nas.sh\n# Purpose: copy the photos\n\n",
        "copy the photos",
    ),
    "title, then description": (
        SH + "# Photo Tool 3000\n# Description: copy the photos\n\n",
        "copy the photos",
    ),
    "title alone": (SH + "# Name: Copy the photos\n# Version: 1.2\n\n", "Copy the photos"),
    "box of signs": (
        SH + "######################\n# Copy the photos    #\n######################\n\n",
        "Copy the photos",
    ),
    "box of dashes": (SH + "# ----------\n# Copy the photos\n# ----------\nA=1\n", ""),
    "box and blank": (
        SH + "# ----------\n# Copy the photos\n# ----------\n\nA=1\n",
        "Copy the photos",
    ),
    "box of lines": (
        SH + "# ╔════════════════╗\n# ║ Copy the photos ║\n# ╚════════════════╝\n\n",
        "Copy the photos",
    ),
    "equals frame": (SH + "# === Copy the photos ===\n\n", "Copy the photos"),
    "double hash": (SH + "## Copy the photos\n\n", "Copy the photos"),
    "tight hash": (SH + "#Copy the photos\n\n", "Copy the photos"),
    "tabs": (SH + "#\tCopy the photos\n\n", "Copy the photos"),
    "CR LF": (SH.replace("\n", "\r\n") + "# Copy the photos\r\n\r\n", "Copy the photos"),
    "byte order mark": ("\ufeff" + SH + "# Copy the photos\n\n", "Copy the photos"),
    "shellcheck first": (
        SH + "# shellcheck disable=SC2086\n# Copy the photos\n\n",
        "Copy the photos",
    ),
    "vim line first": (SH + "# vim: ts=4\n#\n# Copy the photos\n\n", "Copy the photos"),
    "encoding first": (PY + "# -*- coding: utf-8 -*-\n# Copy the photos\n\n", "Copy the photos"),
    "SPDX first": (
        SH + "# SPDX-License-Identifier: MIT\n\n# Copy the photos\n\n",
        "Copy the photos",
    ),
    "copyright, then prose": (
        SH + "# Copyright (c) 2020 the lab\n# License: MIT\n\n# Copy the photos\n\n",
        "Copy the photos",
    ),
    "author, then prose": (SH + "# Author: the lab\n#\n# Copy the photos\n\n", "Copy the photos"),
    "version, then prose": (SH + "# Version 1.2\n# Copy the photos\n\n", "Copy the photos"),
    "first of two sentences": (SH + "# Copy the photos. Then sleep.\n\n", "Copy the photos"),
    "e.g. does not end it": (
        SH + "# Copy files, e.g. photos, home. Then sleep.\n\n",
        "Copy files, e.g. photos, home",
    ),
    "sentence on two lines": (
        SH + "# Copy the photos of all the phones here to the\n# big disk.\n\n",
        "Copy the photos of all the phones here to the big disk",
    ),
    "list is left out": (
        SH + "# Copy the photos\n# - of the lab\n# - of others\n\n",
        "Copy the photos",
    ),
    "usage is left out": (SH + "# Copy the photos\n# Usage: nas.sh DIR\n\n", "Copy the photos"),
    "usage first": (SH + "# Usage: nas.sh DIR\n#\n# Copy the photos\n\n", "Copy the photos"),
    "docstring": (PY + '"""Copy the photos."""\nimport os\n', "Copy the photos"),
    "docstring below its quotes": (
        PY + '\n"""\nCopy the photos.\n\nMore.\n"""\n',
        "Copy the photos",
    ),
    "docstring in single quotes": (PY + "'''Copy the photos.\n'''\n", "Copy the photos"),
    "raw docstring": (PY + 'r"""Copy the photos."""\n', "Copy the photos"),
    "docstring below a licence": (
        PY + '# Copyright 2020 the lab\n"""Copy the photos."""\n',
        "Copy the photos",
    ),
    "docstring with name": (PY + '"""nas.py - copy the photos."""\n', "copy the photos"),
    "POD": (
        "#!/usr/bin/perl\nuse strict;\n$x = 1;\n$y = 2;\n\n=head1 NAME\n\nnas - copy the photos\n",
        "copy the photos",
    ),
    "node": ("#!/usr/bin/env node\n// Copy the photos\n\nx\n", "Copy the photos"),
    "block comment": ("#!/usr/bin/env node\n/**\n * Copy the photos.\n */\nx\n", "Copy the photos"),
    "lua": ("#!/usr/bin/lua\n-- Copy the photos\n\n", "Copy the photos"),
    "here document as comment": (SH + ": <<'EOF'\nCopy the photos\nEOF\nx\n", "Copy the photos"),
    "quoted comment": (SH + ": '\nCopy the photos\n'\nx\n", "Copy the photos"),
    "mise": (SH + '#MISE description="Copy the photos"\n\n', "Copy the photos"),
    "emphasis": (SH + "# **Copy the photos**\n\n", "Copy the photos"),
    "umlauts": (
        SH + "# Fotos auf die große Platte kopieren\n\n",
        "Fotos auf die große Platte kopieren",
    ),
    "exclamation": (SH + "# Copy the photos!\n\n", "Copy the photos"),
    "project's banner and copyright": (
        SH
        + "# Photon: a photo box\n# (c) 2020 the lab\n#\n# Copy the photos\n#\n# See LICENSE\n\n",
        "Copy the photos",
    ),
    "copyright right below": (
        SH + "# Copy the photos\n# Copyright 2020 the lab\n\n",
        "Copy the photos",
    ),
    "usage and meaning on one line": (
        SH + "# nas [-q] DIR - copy the photos\n\n",
        "copy the photos",
    ),
    "label right above code": (SH + "# @description Copy the photos\nDIR=x\n", "Copy the photos"),
    "revision of CVS": (
        SH + "# $Id: nas.sh,v 1.2 kim Exp $\n#\n# Copy the photos\n\n",
        "Copy the photos",
    ),
    "TypeScript": ("#!/usr/bin/env deno\n// nas.ts: copy the photos\n\n", "copy the photos"),
    "MIT licence in paragraphs": (SH + MIT + "\n# Copy the photos\n\n", "Copy the photos"),
    "Apache licence": (SH + APACHE + "\n# Copy the photos\n\ncp\n", "Copy the photos"),
    "GPL, then a docstring": (PY + GPL + '"""Copy the photos."""\nx\n', "Copy the photos"),
    "Beer-ware licence": (
        SH
        + '# "THE BEER-WARE LICENSE" (Revision 42):\n# <kim@example.org> wrote this file. As long\n'
        "# as you keep this notice you can do what you want.\n\n# Copy the photos\n\n",
        "Copy the photos",
    ),
    "licence in a block comment": (
        "#!/usr/bin/env node\n/*\n" + APACHE.replace("#", " *") + " */\n\n// Copy the photos\n\n",
        "Copy the photos",
    ),
    "description below a copyright": (
        SH + "# Copyright 2020 the lab\n# Author: the lab\n# Description: copy the photos\n\n",
        "copy the photos",
    ),
    "broken before a name": (
        SH
        + "# Searches the photos of the last years for the GPS data in\n# EXIF and removes it.\n\n",
        "Searches the photos of the last years for the GPS data in EXIF and removes it",
    ),
    "broken before a name that did not fit": (
        SH + "# Fetches the newest installation image of the official\n# Debian mirror.\n\n",
        "Fetches the newest installation image of the official Debian mirror",
    ),
    "broken before a number": (
        SH + "# Move what is older than\n# 30 days to the archive.\n\n",
        "Move what is older than 30 days to the archive",
    ),
    "two lines, two sentences": (
        SH + "# Copy the photos of all the phones to the big disk\n# Designed for the old NAS\n\n",
        "Copy the photos of all the phones to the big disk",
    ),
    "cut": (
        SH + "# Restarts all monitors that run on the\n\n",
        "Restarts all monitors that run on the…",
    ),
    "Beschreibung": (SH + "# Autor: the lab\n# Beschreibung: Kopiert Fotos\n\n", "Kopiert Fotos"),
    "Zweck": (SH + "# Datum: 1.1.2020\n# Zweck: Fotos kopieren\n\n", "Fotos kopieren"),
    "Objet": (SH + "# Auteur : the lab\n# Objet : Copier les photos\n\n", "Copier les photos"),
    "Descripción": (SH + "# Descripción: copia las fotos\n\n", "copia las fotos"),
    "Scopo": (SH + "# Autore: the lab\n# Scopo: copiare le foto\n\n", "copiare le foto"),
    "Descrição": (SH + "# Descrição: copia as fotos\n\n", "copia as fotos"),
    "Omschrijving": (SH + "# Omschrijving: kopieert foto's\n\n", "kopieert foto's"),
    "a program's name in a sentence": (
        SH + "# docker pull all images and restart what changed\n\n",
        "docker pull all images and restart what changed",
    ),
    "a program's name and a noun": (SH + "# docker restart script\n\n", "docker restart script"),
    "a word that is a program, too": (SH + "# mount all NFS shares\n\n", "mount all NFS shares"),
    "find in a sentence": (SH + "# find big files\n\n", "find big files"),
    "an option in a sentence": (
        SH + "# runs df -h on each of the hosts\n\n",
        "runs df -h on each of the hosts",
    ),
    "a program's name and nouns": (SH + "# zfs snapshot rotation\n\n", "zfs snapshot rotation"),
    "a question": (
        SH + "# Prompt for a host and connect to it\n\n",
        "Prompt for a host and connect to it",
    ),
    "a check that is the purpose": (
        SH + "# Check SMART status of all drives\n\n",
        "Check SMART status of all drives",
    ),
    "a title above steps": (
        SH + "# Copy the photos\n\n# Those of the lab\ncp a b\n# Those of Lou\ncp c d\n",
        "Copy the photos",
    ),
    "lines are not settings": (
        PY + "# Process lines from stdin with python functions\n\n",
        "Process lines from stdin with python functions",
    ),
    "codes of POD": (
        "#!/usr/bin/perl\n\n=head1 NAME\n\nnas - copy the I<photos> of B<< the lab >>\n",
        "copy the photos of the lab",
    ),
    "Chinese": (SH + "# 备份所有容器的数据卷\n\n", "备份所有容器的数据卷"),
    "Japanese": (SH + "# 写真をコピーします。毎晩。\n\n", "写真をコピーします"),
    "a command of click": (
        PY + 'import click\n\n@click.command()\n@click.argument("x")\ndef nas(x):\n'
        '    """Copy the photos."""\n',
        "Copy the photos",
    ),
    "a group of click": (
        PY + 'import click\n@click.group()\ndef cli():\n    """Copy the photos."""\n'
        '@cli.command()\ndef rm():\n    """Remove one."""\n',
        "Copy the photos",
    ),
    "long": (SH + "# " + "copy " * 60 + "\n\n", ("copy " * 24).strip() + "…"),
}

NONE = {
    "empty": "",
    "shebang alone": SH,
    "code alone": SH + "cp a b\n",
    "one line above code": SH + "# photo folder\nDIR=/srv\n",
    "two lines above code": SH + "# photo folder\n# of all phones\nDIR=/srv\n",
    "late comment": SH + "a\nb\nc\nd\n# Copy the photos\n\n",
    "licence": SH
    + "# Copyright (c) 2020 the lab\n# Permission is hereby granted to all\n# of you.\n\n",
    "MIT text": SH + "# MIT License\n#\n# Copyright 2020\n#\n# Permission is granted to any\n\n",
    "GPL text": SH
    + "# This program is free software: you can\n# redistribute it under\n# terms\n\n",
    "author": SH + "# Author: the lab <admin@example.org>\n\n",
    "by": SH + "# by the lab, written in spring\n\n",
    "date": SH + "# 2020-03-01 first version\n\n",
    "version": SH + "# Version 1.2 of March\n\n",
    "v1": SH + "# v1.2 more photos\n\n",
    "TODO": SH + "# TODO: copy the photos too\n\n",
    "FIXME": SH + "# FIXME copy the photos too\n\n",
    "root": SH + "# This script must be run as root\n\n",
    "run it": SH + "# Run this as root from cron\n\n",
    "address": SH + "# https://example.org/photos and more\n\n",
    "taken from": SH + "# Taken from the wiki of the lab\n\n",
    "source": SH + "# Source: https://example.org\n\n",
    "change log": SH + "# Changelog:\n# 1.0 first one\n# 1.1 second one\n\n",
    "code": SH + "# cp -a /srv/photos /mnt\n# rsync -a x y\n# sync\n\n",
    "assignment": SH + "# DIR=/srv/photos\n\n",
    "option": SH + "# set -x to see each command\n\n",
    "apt": SH + "# sudo apt install rsync\n\n",
    "variable": SH + "# Variables and paths\n\n",
    "configuration": SH + "# Configuration of this host\n\n",
    "strict": SH + "# Exit on error and unset variables\nset -eu\n",
    "root check": SH + "# Check if we are root\n\nif x\n",
    "colours": SH + "# Colors for output\n\n",
    "shellcheck": SH + "# shellcheck disable=SC2034,SC2086\n\n",
    "vim": SH + "# vim: set ts=4 sw=4:\n\n",
    "usage": SH + "# Usage: nas.sh DIR\n\n",
    "capitals": SH + "# HELPERS AND STANDARDS\n\n",
    "origin in parentheses": SH + "# (ported from the old host)\n\n",
    "file name and note": SH + "# other.sh (third try)\n\n",
    "one word": SH + "# Photos\n\n",
    "name alone": SH + "# nas.sh\n\n",
    "art": SH + "#  __ _ ___ \n# / _` / __|\n#| (_| \\__ \\\n# \\__,_|___/\n\n",
    "rule": SH + "##########\n#========#\n#--------#\n\n",
    "heading of a list": SH + "# Copies the following:\n# - photos\n# - films\n\n",
    "function header": SH + "x=1\n\n# Functions of this script\nlog() {\n",
    "cron line": SH + "# 0 3 * * * /srv/nas.sh and so on\n\n",
    "docstring of a function": PY + 'import os\ndef x():\n    """Copy the photos."""\n',
    "generated": SH + "# This file is managed by Ansible, do not edit\n\n",
    "warning": SH + "# WARNING: this deletes all photos\n\n",
    "import": PY + "# Import the modules of it\nimport os\n",
    "MIT in paragraphs": SH + MIT + "\n",
    "Apache": SH + APACHE + "\n",
    "GPL": SH + GPL + "\n",
    "Mozilla's licence": SH
    + "# This Source Code Form is subject to the terms of Mozilla\n# Public License, v. 2.0.\n\n",
    "commands of click": PY + 'import click\n@cli.command()\ndef a():\n    """Remove one."""\n'
    '@cli.command()\ndef b():\n    """Add one."""\n',
    "a step above steps": SH
    + "# Disable the swap\n\nswapoff -a\n# Load br_netfilter\nmodprobe x\n",
    "default": SH + "# Default folder for photos\n\nDIR=x\n",
}


COMMANDS = (
    "docker stop plex", "docker run -d nginx", "ssh root@10.0.0.5 'zpool status'",
    "for i in 1 2 3; do", "while true; do", "tar czf /backup/x.tgz /etc", "zfs destroy tank/old",
    "rclone sync remote:photos /mnt/photos --progress", "qm set 100 --memory 2048",
    "minikube start --driver docker", "kubectl apply -f x.yaml", "terraform apply",
    "ansible-playbook site.yml", "dd if=/dev/zero of=/dev/sda bs=1M", "vzdump 100 --storage nas",
    "wg-quick up wg0", "podman run --rm -it alpine sh", "make install", "reboot now",
    "python3 foo.py --all", "borg create repo::name /home", "openssl s_client -connect x:443",
    "btrfs scrub start /mnt", "zpool scrub tank", "git config --list", "node index.js",
    "ufw allow 22/tcp", "ssh nas reboot", "mkdir backups",
    "esphome run x.yaml", "ip link set eth0 up", 'print("hello world")', "param( $first )",
    "frobnicate --all hosts",
)  # fmt: skip
STEPS = (
    "Ignore errors", "Quit if something fails", "Bail out on errors", "Halt on first error",
    "Check Bash version", "Verify root privileges", "Root check", "Sanity checks", "Show help",
    "Lock file to prevent concurrent runs", "Only one instance", "Import secrets",
    "Read the .env file", "Read config", "Parse command line arguments", "Read the config file",
    "Go to the script directory", "Change to the project root directory",
    "Prompt the user for the VM ID", "Ask for sudo upfront", "Require sudo", "Elevate privileges",
    "Verify that jq is installed", "Make sure required tools exist",
    "Create the temp directory", "Set the working directory", "Prevent running twice",
    "Use a lock file", "Turn on debug mode", "Terminal colors", "Make script exit on errors",
    "Prevent multiple instances",
)  # fmt: skip
REMARKS = (
    "Thx to the forum for the idea!", "This is my first bash script :)",
    "the maintainer <admin@example.com>",
    "Created with ChatGPT", "Hello world", "Keep this in sync with the wiki page",
    "Rename this file to config.sh before use",
    "Proxmox VE Helper-Scripts", "backup.sh v2.1 (c) 2020 by the lab",
    "depend: curl grep sed", "The author of the first version is not known",
    "A brief description of what the script does", "DEPRECATED - use newscript.sh",
    "Obsolete, replaced by the new script", "stdin: lines of text", "Achtung: nur als root starten",
    "Dieses Skript muss als root laufen", "Utilisation: ./x.sh NOM", "Aufruf: ./x.sh NAME",
    "Uso: ./x.sh NOMBRE", "Auteur: le labo", "Requisiti: rsync e tar", "compdef foo",
)  # fmt: skip


@pytest.mark.parametrize("line", [*COMMANDS, *STEPS, *REMARKS])
def test_a_command_a_step_or_a_remark_is_no_summary(line: str) -> None:
    assert comments.summary(f"{SH}# {line}\n\nx\n", "nas.sh") == ""


@pytest.mark.parametrize("kind", RIGHT)
def test_the_summary_of_a_head_of_each_kind(kind: str) -> None:
    text, summary = RIGHT[kind]
    assert comments.summary(text, "nas.sh") == summary


@pytest.mark.parametrize("kind", NONE)
def test_what_is_no_summary_gives_none(kind: str) -> None:
    assert comments.summary(NONE[kind], "nas.sh") == ""


def test_a_summary_is_bounded() -> None:
    for text in ("# " + "x" * 5000 + " y\n\n", "# " + "copy " * 900 + "\n\n", "# a\n" * 9000):
        assert len(comments.summary(SH + text)) <= comments.WIDEST + 1


def test_the_known_words_are_there_once() -> None:
    """The meaning of a label in two lists would depend on the order of the checks."""
    assert comments._ABOUT.isdisjoint(comments._OTHER | comments._NAMES)
    assert comments._NAMES.isdisjoint(comments._OTHER)
