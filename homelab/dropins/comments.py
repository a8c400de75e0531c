"""Pure: find the summary of a script in its first comments, if it has no line `Summary:`.

The rule: the first comment block that says something. It starts by line 4, not counting lines that
say nothing about the script (`set -u`, `IFS=`, licences, lines for editors, frames). A blank line
ends it, or it has at least three lines: a shorter block above code describes that code. A Python
docstring, the NAME of a Perl POD, `/* … */`, `: <<'EOF'` and `=begin` are also such blocks. The
summary is the value of a label such as `Description:`, else the first sentence of the block. No
summary is better than a wrong one: a text that could be code, a note, a date, a person or a heading
is not a summary.
"""

from __future__ import annotations

from homelab.texts import clipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WIDEST = 120  # characters of a summary
_LATEST = 4  # last line on which a block may start
_LINES = 80  # lines of a script to look at
_BLOCK = 40  # lines of one block to look at

_FRAME = "#*|│┃║▌▐█▀▄▓▒░╔╗╚╝╠╣┌┐└┘├┤╭╮╰╯─━═■●•◆▶►»« \t"
_RULE = "=-_~+."

# Labels (`Purpose: …`), as `_label` writes them: lower case, `-` between words.
_ABOUT = frozenset(
    "about abstract info desc descr description goal intro introduction objective overview purpose "
    "short-description summary synopsis brief @description @brief @file @fileoverview what "
    "script-description short-desc short-summary what-it-does what-this-does @summary "
    "functionality mission @desc what-this-script-does what-does-it-do "
    # German, French, Spanish, Italian, Portuguese, Dutch
    "beschreibung kurzbeschreibung zweck aufgabe funktion zusammenfassung ziel objet objectif "
    "résumé resume fonction descripción descripcion propósito proposito objetivo resumen función "
    "funcion finalidad descrizione scopo obiettivo sommario funzione descrição descricao "
    "finalidade resumo função funcao beschrijving omschrijving doel samenvatting functie".split()
)
# Labels of a usage line, in the same languages.
USAGE = frozenset(
    "usage syntax how-to-use use utilisation utilization emploi appel aufruf benutzung "
    "verwendung gebrauch anwendung uso modo-de-uso utilizzo utilização utilizacao gebruik "
    "aanroep sintaxis sintaxe sintassi syntaxe".split()
)
_SURE = frozenset("@brief @description about description purpose summary".split())
_NAMES = frozenset(
    "app application command file filename file-name module name program program-name project "
    "script script-name scriptname title tool utility @name @title "
    "skript programm programma programa nom nombre nome naam titel titre título titulo titolo "
    "datei dateiname fichier archivo arquivo bestand".split()
)
_OTHER = (
    frozenset(
        "arg args argument arguments @arg @args @param @returns @return @author @version @license "
        "@since @see @link @todo @date @copyright @requires @usage @example @examples @exitcode "
        "author authors author(s) auteur autor bug bugs caution changed changelog changes company "
        "compatibility contact contributor contributors copyright created created-at created-by "
        "created-on creation-date creator credit credits crontab cron date dates dependencies "
        "dependency depends depends-on developer disclaimer docs documentation e-mail email env "
        "environment environment-variables example examples exit exit-code exit-codes features "
        "fixme from github homepage history how-to-run how-to-use inputs input install "
        "installation instructions last-change last-changed last-edit last-edited last-modified "
        "last-revised last-update last-updated latest-version license licence license/copyright "
        "link links location lastmod maintainer maintainers modified modified-by modifications "
        "note notes nb n.b. option options organization original original-author os output outputs "
        "owner parameter parameters params path platform platforms prerequisite prerequisites "
        "prereqs ref reference references release remarks repo repository requirement requirements "
        "require requires required return returns rev revised revision revisions run schedule see "
        "see-also shell site source sources status support supported synology syntax tested "
        "tested-on thanks tips to-do todo todos update updated updates url usage use version "
        "versions warning warnings web website where written-by written xxx hack important "
        "history-log notice tip environment-vars variables config configuration customization "
        "default-start default-stop provides required-start required-stop x-start-before "
        "x-interactive should-start should-stop processname chkconfig effect needs counts-as "
        "answers provide require keyword by depend co-author co-authors coauthor coauthors stdin "
        "stdout stderr "
        # German, French, Spanish, Italian, Portuguese, Dutch
        "verfasser ersteller autoren autore autori autores auteurs erstellt erstellt-von "
        "erstellt-am geschrieben-von geändert geändert-am creado-por criado-por créé-par "
        "creato-da gemaakt-door geschreven-door datum stand fecha data änderung änderungen "
        "versión versão versione versie achtung warnung hinweis hinweise wichtig vorsicht "
        "attention avertissement remarque remarques atención atencion advertencia aviso "
        "nota notas importante attenzione avviso atenção atencao waarschuwing let-op "
        "opgelet belangrijk opmerking voraussetzung voraussetzungen abhängigkeiten "
        "prérequis requisitos requisiti vereisten dépendances dependencias dependências "
        "dipendenze paramètres parámetros parametri parâmetros optionen opciones opzioni "
        "opções opties argumentos argomenti beispiel beispiele exemple exemples ejemplo "
        "ejemplos esempio esempi exemplo exemplos voorbeeld voorbeelden lizenz licencia "
        "licenza licença licentie quelle fuente fonte bron".split()
    )
    | USAGE
)
_LICENCE = (
    "copyright", "(c) ", "spdx-", "license", "licence", "licensed under", "permission is",
    "permission to", "redistribution", "this program is free", "this program is provided",
    "this software is", "this file is part of", "this script is free", "this is free software",
    "all rights reserved", "the above copyright", "the software is provided", "mit license",
    "apache license", "the mit license", "gnu general public", "gnu gpl", "gpl", "released under",
    "distributed under", "this script is licensed", "this work is licensed", "bsd license",
    "unlicense", "this program is distributed", "you should have received", "public domain",
    "unless required by applicable", "you may obtain a copy", "limitations under",
    "neither the name", "any person obtaining", "see the license", "see the gnu",
    "it under the terms", "you can redistribute", "you may not use", "without any warranty",
    "the terms of the", "this software", "©",
)  # fmt: skip
# Phrases in the lines of a licence's text.
_LEGAL = (
    "this source code form", "mozilla public", "beer-ware", "public license",
    "permission is hereby", "redistributions of", "free and unencumbered", "anyone is free to copy",
    "dedicate any and all", "in jurisdictions that", "unlicense.org", "mit license",
    "apache license", "general public licen", "without warrant", "or implied warrant",
    "provided \"as is\"", "\"as is\" basis", "gnu.org/licenses", "copyright holder",
    "conditions of any kind", "licensed under", "copyright notice", "is subject to the terms",
    "creativecommons.org", "creative commons", "warranties of", "distributed in the hope",
    "shall be liable", "be held liable", "do what the fuck", "everyone is permitted to copy",
    "terms and conditions for copying",
)  # fmt: skip
# One of these is in every licence.
_HINTS = (
    "licen", "copyright", "(c)", "©", "warrant", "redistribut", "permission", "gpl", "spdx",
    "this software", "free software", "unencumbered", "public domain", "all rights",
)  # fmt: skip
# Beginnings of a licence that is complete in one line; lines below it may describe the script.
_ONE_LINE = ("copyright", "(c) ", "©", "spdx-", "all rights reserved")
_EDITOR = (
    "$id", "$rev", "$date", "$header", "shellcheck ", "-*-", "vim:", "vi:", "ex:", "spdx-",
    "coding:", "coding=", "pylint:", "eslint", "mypy:", "ruff:", "noqa", "flake8", "type: ignore",
    "jscpd", "bashsupport", "shfmt", "@ts-", "prettier", "kate:", "local variables:", "sourcery",
    "yaml-language", "checkov", "nosec", "tslint", "jshint", "jslint", "global ",
    "frozen_string_literal", "encoding:", "hadolint", "fmt:", "isort:", "!/", "///",
    "dependencies = [", "requires-python", "region ", "editorconfig", "formatter:", "tabs",
    "indent", "compdef ", "autoload ",
)  # fmt: skip
# Beginnings of lines that do not describe the whole script.
_NO_SUMMARY = (
    "author:", "author ", "authors", "authored", "by ", "written by", "created by", "created on",
    "created:", "modified", "version ", "version:", "last ", "date ", "maintained", "todo",
    "to do", "to-do", "fixme", "xxx", "hack", "note:", "note ", "notes:", "notes ", "warning",
    "important", "attention", "caution", "disclaimer", "must ", "this script must",
    "this script should", "this script needs", "this script requires", "this must",
    "this should be", "this script is downloaded", "this is a comment", "this is bound",
    "should be run", "needs to be", "run as", "run this", "run with", "run me", "run it",
    "execute this", "execute as", "execute within", "execute in", "this sets",
    "executes as root", "requires", "require root", "requirement",
    "depends", "dependencies", "usage", "use:", "example", "http", "www.", "ftp:", "adapted from",
    "based on", "taken from", "from ", "stolen from", "inspired by", "forked from", "copied from",
    "credit", "thanks", "thank you", "see ", "source ", "source:", "sourced", "sources:",
    "load config", "load env", "load func", "load lib", "load var", "load test", "load common",
    "load the", "load helper", "load setting", "load module", "load util", "load shared",
    "import the", "import mod", "import lib", "import func", "imports", "import common",
    "import helper", "import os", "import sys", "include ", "includes", "exit on", "exit if",
    "exit immediately", "exit when", "exit script", "fail on", "fail if", "fail fast", "abort",
    "stop on", "stop script", "strict mode", "enable strict", "bash strict", "unofficial bash",
    "enable error", "be strict", "treat unset", "catch ", "error handling", "safety", "safe mode",
    "die on", "debug:", "debug mode", "debug output", "enable debug", "uncomment", "comment ",
    "set -", "set +", "set bash", "set as", "set var", "set the var", "set default", "set your",
    "set these", "set this", "set here", "set error", "set script", "set some", "set path",
    "set env", "set shell", "set strict", "set colo", "set global", "set the following",
    "set the path", "set the default", "set to ", "set the script", "set safe", "set flags",
    "set option", "set work", "set up var", "set up env", "set up error", "set up log",
    "set up path", "setup var", "setup env", "setup error", "setup log", "setup path",
    "setup colo", "define", "variables", "variable ", "global ", "globals", "constants", "config ",
    "config:", "configs", "configuration", "configurable", "configure these",
    "configure the following", "configure var", "configure your", "settings", "setting ",
    "options", "parameters", "arguments", "args", "parse arg", "parse command", "parse option",
    "parse param", "parse flag", "parse the arg", "parse cli", "parse the com", "check if root",
    "check if we", "check if running", "check if user", "check if the user", "check if script",
    "check if the script", "check if this", "check if arg", "check if com", "check if required",
    "check if sudo", "check if run", "check if param", "check if the com", "check if any arg",
    "check root", "check that we", "check that the script", "check that required",
    "check whether we", "check for root", "check for required", "check for dep", "check for arg",
    "check for sudo", "check for needed", "check for prereq", "check for param", "check dep",
    "check arg", "check param", "check prereq", "check require", "checks if root", "make sure we",
    "make sure that we", "make sure the script", "make sure this", "make sure only",
    "make sure you", "ensure we", "ensure the script", "ensure script", "ensure this",
    "ensure root", "ensure that we", "ensure running", "verify that we", "verify we",
    "get the script", "get script", "get current dir", "get current path", "get current script",
    "get the current dir", "get the dir", "get directory", "get dir", "get arg", "get option",
    "get command line", "determine script", "determine the script", "determine where",
    "determine dir", "determine os", "determine the os", "determine the dir", "colours", "colors",
    "color code", "color var", "color def", "color output", "colour ", "ansi ", "functions",
    "function:", "function index", "function def", "helper func", "helpers", "helper:", "helper ",
    "main func", "main program", "main loop", "main script", "main code", "main:", "main body",
    "begin ", "start of", "end of", "edit this", "edit these", "edit the following", "edit below",
    "edit var", "edit the var", "edit as", "change this", "change these", "change to",
    "change the value", "change the following", "change below", "change as", "change me",
    "change your", "change log", "change history", "changelog", "changes:", "changes in",
    "replace this", "replace these", "replace the value", "replace with your", "replace your",
    "put this", "put the following", "put your", "put it", "place this", "place the", "place in",
    "copy this", "copy it", "copy to ", "save this", "save as", "install:", "installation", "to ",
    "how to use", "how to run", "tested", "works on", "only works", "deprecated",
    "this file was generated", "auto-generated", "autogenerated", "automatically generated",
    "generated by", "generated on", "do not edit", "don't edit", "managed by",
    "this file is managed", "ansible managed", "default ", "defaults", "these ", "if ", "else ",
    "then ", "for details", "for more", "please", "you ", "you'll", "your ", "be sure", "remember",
    "first ", "next ", "expects", "assumes", "assuming", "env ", "env:", "environment var",
    "environment:", "environments", "path to", "path of", "paths", "log file", "log dir",
    "log func", "log level", "log message", "log output", "log to", "logging func",
    "logging helper", "logging:", "logging setup", "logging config", "use strict", "use bash",
    "use the ", "using ", "we ", "i ", "i'm ", "it ", "there ", "and ", "or ", "but ", "where ",
    "which ", "when ", "because", "since ", "history", "release notes", "released", "revision",
    "dir ", "directory ", "directories", "ref:", "refs:", "via ", "original ", "originally",
    "github:", "github.com", "gist:", "link:", "links", "email:", "contact", "project page",
    "website", "home page", "prerequisite", "pre-requisite", "needed ", "need ", "needs ", "step ",
    "dont ", "don't ", "not ", "no ", "yes ", "temporary dir", "temporary file", "temp dir",
    "temp file", "wip", "work in progress", "under ", "shell options", "bash options",
    "user config", "user var", "user setting", "user defined", "user-defined", "user input",
    "user name", "here ", "input:", "input file", "input var", "inputs", "output:", "output dir",
    "output helper", "output file", "outputs:", "returns", "exit code", "trap ", "cleanup on",
    "clean up on", "clean up func", "cleanup func", "standard ", "adjust ", "customi", "modify ",
    "tweak ", "feel free", "the following", "bash script", "shell script", "python script",
    "script:", "script to be", "code ", "url:", "urls", "the script ", "the latest version",
    "supported", "features", "in order to", "sc1", "sc2", "property of", "base dir", "sample ",
    "vendored", "migrated", "ported from", "intentional", "set srcdir", "call with", "called by",
    "called from", "called with", "invoked by", "core functions", "list of", "array of",
    "absolute path", "full path", "name of", "location of", "number of", "where to", "whether to",
    "amount of", "time in", "timeout", "credentials", "secrets", "username", "password",
    "initiali", "global", "script config", "script var", "script setting", "script param",
    "script dir", "script version", "script option", "script body", "script name",
    # remarks about the file
    "thx", "kudos", "shout-out", "shoutout", "props to", "special thanks", "big thanks",
    "many thanks", "merci ", "danke ", "this is my", "my first", "my very first", "created with",
    "created using", "written with", "written using", "written in", "made with", "made by",
    "generated with", "generated using", "vibe", "hello world", "hello, world", "keep this",
    "keep in sync", "rename this", "rename me", "rename to", "move this", "link this",
    "symlink this", "the author", "brief description", "a brief description", "short description",
    "a short description", "description of", "description goes", "insert ", "add description",
    "add a description", "describe ", "what this script", "what does this", "false positive",
    "this is an example", "this script is an example", "this is a modified", "this file name",
    "this is only", "this script is a modified", "long overdue", "obsolete",
    "superseded", "replaced by", "no longer", "this script is deprecated", "this is deprecated",
    "this script is obsolete", "not maintained", "param(", "dieses skript muss",
    "dieses script muss", "quick and dirty", "quick & dirty", "quick n dirty", "quick hack",
    "ugly hack",
    "bus 0", "enjoy", "have fun", "good luck", "use at your own", "use with c", "no guarantee",
    "found on", "found this", "found at", "written for", "only for", "this file is sourced",
    "this is sourced", "enter a", "enter your", "lorem ipsum", "script description", "just a test",
    "inspired", "idea from", "idea by", "idea:", "courtesy", "props ", "some optional",
)  # fmt: skip
# Comparing a line with all of these is slow: its first characters rule out most of them.
_NOISE = (*_EDITOR, *_LICENCE)
_NOISE_BEGINS = frozenset(each[:2] for each in _NOISE)
_NO_SUMMARY_BEGINS = frozenset(each[:2] for each in _NO_SUMMARY)
_MISE = "MISE description="  # mise-en-place's own line
_NEUTRAL = (
    "set -", "set +", "IFS=", "shopt ", "setopt ", "emulate ", "umask ", "unset ", "unalias ",
    "LANG=", "LC_ALL=", "export LANG", "export LC_", "export PATH", "PATH=", "use strict",
    "use warnings", "use utf8", "use v5", "'use strict'", '"use strict"', "<?php", "<?",
    "from __future__", "PS4=", "trap ", "DEBUG=", '[[ "${TRACE', '[ -n "$DEBUG',
    '[[ -n "$DEBUG', "[[ ${DEBUG", '[[ "$TRACE', '[ "$DEBUG',
)  # fmt: skip
# First words of a line of code that has an argument behind them.
_COMMANDS = frozenset(
    "alias apk apt apt-get awk bash cat cd chmod chown cp cron crontab curl declare docker dpkg "
    "echo eval exec export find function git grep if for while until case import ip kubectl let "
    "ln local ls mkdir mount mv nano npm pip pip3 pacman print printf ps pvesh qm pct read "
    "readonly return rm rsync scp sed set sh shift sleep snap source ssh sudo su systemctl tar "
    "tee test touch trap typeset umount unset use vi vim wget yum zfs zpool dnf brew from def "
    "class var const unless then else fi do done esac elif write-host "
    "podman docker-compose terraform tofu ansible ansible-playbook minikube k3s k3d k9s talosctl "
    "flux vagrant virsh lxc incus lxc-attach lxc-start nixos-rebuild nix vzdump pveam pvesm pvecm "
    "pveum ha-manager wg wg-quick tailscale zerotier-cli cloudflared nft iptables ip6tables ufw "
    "firewall-cmd dd fdisk parted sgdisk gdisk mkfs mke2fs fsck lsblk blkid losetup cryptsetup "
    "btrfs xfs_repair mdadm lvcreate lvextend pvcreate vgcreate smartctl hdparm badblocks sync "
    "python python3 perl ruby node deno php lua cargo rustc gcc cc make cmake gem bundle yarn "
    "pnpm npx uv pipx borg restic rclone rsnapshot duplicity sanoid syncoid openssl certbot "
    "gpg ssh-keygen ssh-copy-id sshfs scp sftp nc ncat socat nmap dig nslookup host ping "
    "traceroute tcpdump iperf iperf3 ethtool nmcli ifconfig route arp arping tc bridge "
    "journalctl loginctl hostnamectl timedatectl systemd-run service rc-service update-rc.d "
    "reboot shutdown poweroff halt kill killall pkill nohup screen tmux xargs cut sort uniq head "
    "tail tr wc diff patch rmdir install mktemp stat du df free top htop lsof fuser mysql "
    "mysqldump psql pg_dump pg_restore sqlite3 redis-cli influx mosquitto_pub mosquitto_sub jq yq "
    "ffmpeg convert magick yt-dlp youtube-dl exiftool gzip gunzip bzip2 xz zip unzip 7z zstd "
    "pvs vgs lvs useradd usermod groupadd passwd chgrp chattr setfacl apk zypper emerge flatpak "
    "helm kubeadm crictl ctr nerdctl etcdctl vault consul nomad packer aws gcloud az doctl gh "
    "hub glab svn hg modprobe insmod rmmod depmod sysctl dmesg update-grub grub-install udevadm "
    "efibootmgr virt-install qemu-img qemu-system-x86_64 wall mail sendmail msmtp at crontab "
    "etherwake ipmitool systemd-analyze "
    "watch time nice ionice timeout xrandr xset gsettings dconf xdg-open notify-send amixer "
    "pactl bluetoothctl env".split()
)


def summary(text: str, name: str = "") -> str:
    """The summary in the first comments of a script's `text`; "" for none. `name` is the name of
    the file, with or without its ending."""
    stem = _stem(name)
    for bare, sure in _blocks(text):
        found, more = _of_block(bare, stem, sure)
        if found or not more:
            return found
    return _of_command(text, stem) if "@" in text and "python" in text[:60] else ""


def _of_command(text: str, stem: str) -> str:
    """The docstring of the function if click or typer makes a command of exactly one."""
    marks = ("\n@click.command(", "\n@click.group(", "\n@app.command(", "\n@cli.command(")
    starts = [(text.find(mark), mark) for mark in marks if mark in text]
    if not starts:
        return ""
    at, mark = min(starts)
    if text.count(mark) > 1 and "group" not in mark:
        return ""
    body = text.find(":\n", max(text.find("\ndef ", at), at))
    inner = text[body + 2 : body + 600].lstrip()
    if body < 0 or inner[:3] not in _QUOTES:
        return ""
    return _sentence(inner[3:].partition(inner[:3])[0].strip().split("\n")[:3], stem)


def _blocks(text: str) -> Iterator[tuple[list[str], bool]]:
    """The comment blocks at the beginning of a script that say something, without their marks and
    frames. `sure`: the block is about the whole file (a docstring, a POD)."""
    lines = text.split("\n", _LINES + 1)[:_LINES]
    if lines and lines[0].startswith("\ufeff"):
        lines[0] = lines[0][1:]
    at = 1 if lines and lines[0].startswith("#!") else 0
    first = lines[0] if at else ""
    place = 1 + at  # number of the line, not counting lines that say nothing
    python = "python" in first or "uv run" in first
    marks = ("--",) if "lua" in first else ("#", "//")
    count = len(lines)
    while at < count and place <= _LATEST:
        line = lines[at].strip()
        if not line:
            at += 1
            continue
        end, inner, sure = _long(lines, at, line, python, place)
        if not end:
            mark = next((sign for sign in marks if line.startswith(sign)), "")
            if not mark:
                at += 1
                if not line.startswith(_NEUTRAL):
                    place += 1
                    if python and not line.startswith(("import ", "from ")):
                        break
                continue
            end, inner = at, []
            while end < count and (comment := lines[end].strip()).startswith(mark):
                if len(inner) < _BLOCK:
                    inner.append(comment[len(mark) :].rstrip())
                end += 1
            plain = [each.strip() for each in inner]
            if plain[0] == "/// script" and "///" in plain:  # PEP 723: dependencies
                inner = inner[plain.index("///") + 1 :]
            following = lines[end].strip() if end < count else ""
            closed = not following or following.startswith(_NEUTRAL) or following[:3] in _QUOTES
            said = sum(1 for each in inner if _words_in(each))
            short = (said < 3 and not closed) or (said == 1 and _is_first_step(lines, end))
            if short and not any(_label(_bare(each))[0] in _SURE for each in inner):
                place += sum(1 for each in inner if not says_nothing(each))
                at = end
                continue
        at = end
        bare = list(map(_bare, inner))
        if not all(map(_is_noise, bare)):
            legal = licensed(bare, people=True)
            lines_said = len(inner)
            if any(legal):  # then the next block may be the first one about the script
                bare = [
                    "" if out and not _is_noise(each) else each for each, out in zip(bare, legal)
                ]
                lines_said = sum(1 for each in bare if not _is_noise(each))
            yield bare, sure
            place += lines_said
    if "perl" in first:
        yield from _pod(text)


def _is_first_step(lines: list[str], at: int) -> bool:
    """Whether the lines below a blank line are one or two lines of code right above the next
    comment. Then the first comment is the first of a series, each about its own lines of code."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    start = at
    while at < len(lines) and lines[at][:1] not in ("", "#", "\r"):
        at += 1
    return 0 < at - start < 3 and at < len(lines) and lines[at][:2] == "# "


_QUOTES = ('"""', "'''", 'r""', "r''")


def _long(
    lines: list[str], at: int, line: str, python: bool, place: int
) -> tuple[int, list[str], bool]:
    """A comment with an end mark: (the line after it or 0, its lines, whether it is about the
    file)."""
    close, rest, sure = "", "", False
    if line[0] in "\"'rRuU" and (python or place == 1):
        body = line.lstrip("rRuU")
        if body[:3] in ('"""', "'''"):
            close, rest, sure = body[:3], body[3:], True
    elif line.startswith("/*"):
        close, rest = "*/", line[2:].lstrip("*! ")
    elif line.startswith("=begin"):
        close = "=end"
    elif line.startswith(":") and line[1:].lstrip()[:1] in ("<", "'", '"'):
        body = line[1:].lstrip()
        if body.startswith("<<"):
            close, rest = "\n" + body[2:].lstrip("-").strip().strip("'\"\\"), ""
            if not close[1:].replace("_", "").isalnum():
                return 0, [], False
        elif len(body) == 1 or body.count(body[0]) == 1:
            close, rest = body[0], body[1:]
    elif line.startswith("--[["):
        close, rest = "]]", line[4:]
    if not close:
        return 0, [], False
    inner: list[str] = []
    for end in range(at, len(lines)):
        text = rest if end == at else lines[end].strip()
        if close == "*/" and text[:1] == "*" and text[:2] != "*/":
            text = text[1:]
        if close[0] == "\n":
            if end > at and text == close[1:]:
                return end + 1, inner, False
        elif close in text:
            inner.append(text[: text.index(close)].rstrip())
            return end + 1, inner, sure
        if len(inner) < _BLOCK:
            inner.append(text)
    return (len(lines), inner, sure) if sure or close == "*/" else (0, [], False)


def is_setting(line: str) -> bool:
    """Whether a line of code is only a setting: `set -u`, `IFS=`, `use strict`."""
    return line.startswith(_NEUTRAL)


def end_of_long(lines: list[str], at: int, python: bool, first: bool) -> tuple[int, str, str]:
    """A comment with an end mark that begins at a line (a docstring, `/* … */`): (the line after
    it, the text on its first line, the text on its last line), or (0, "", "")."""
    end, inner, _ = _long(lines, at, lines[at].strip(), python, 1 if first else _LATEST)
    return (end, inner[0], inner[-1]) if inner else (0, "", "")


def _pod(text: str) -> list[tuple[list[str], bool]]:
    """The NAME of a Perl script's POD."""
    at = text.find("\n=head1 NAME")
    if at < 0:
        return []
    lines = text[at + 12 : at + 1000].strip().split("\n")[:3]
    return [([without_codes(line.strip()) for line in lines], True)]


def without_codes(line: str) -> str:
    """A line of POD without its codes: `I<size> of B<< it >>` becomes `size of it`."""
    at = line.find("<")
    while at > 0:
        start = at - 1
        width = 1
        while line[at + width : at + width + 1] == "<":
            width += 1
        end = line.find(">" * width, at)
        if line[start] not in "BCFILSXEZ" or end < 0:
            at = line.find("<", at + width)
            continue
        inner = line[at + width : end]
        line = line[:start] + (inner.strip() if width > 1 else inner) + line[end + width :]
        at = line.find("<", start)
    return line


def _words_in(line: str) -> bool:
    return any(map(str.isalpha, line))


def _bare(line: str) -> str:
    """A line without its frame: `# --- Backup --- #` becomes `Backup`."""
    line = line.strip()
    if line[:1].isalnum() and line[-1].isalnum():
        return line  # most lines have no frame
    if line[:2] == "* " and line[-1] != "*":
        return "- " + line[2:].strip()
    line = line.strip(_FRAME)
    if line[:2] == "- " and line[-1] != "-":
        return line
    if line[:1] in _RULE and (line[:1] == line[1:2] or line[1:2] == " "):
        line = line.lstrip(_RULE).lstrip(_FRAME)
    if line[-1:] in _RULE and (line[-3:] == line[-1:] * 3 or " " in line[-3:-1]):
        dots = "..." if line.endswith("...") and not line.endswith("....") else ""
        line = line.rstrip(_RULE).rstrip(_FRAME) + dots
    if line and line[0] in "`*_" and line[-1] == line[0] and line.count(line[0]) in (2, 4):
        line = line.strip("`*_ ")
    return line


def says_nothing(line: str) -> bool:
    """Whether a comment line is a frame, a line for editors or linters, or a licence."""
    return _is_noise(_bare(line))


def licensed(lines: list[str], people: bool = False) -> list[bool]:
    """For each line of a comment, whether it belongs to the text of a licence. Such a text ends at
    a label, or at an empty line if the next paragraph is not a licence, too. With `people`, lines
    below a copyright line also count, up to a label that says what the script is for."""
    whole = "\n".join(lines).lower()
    for hint in _HINTS:  # most blocks have none, and a TAB may read a thousand files
        if hint in whole:
            break
    else:
        return [False] * len(lines)
    marks: list[bool] = []
    inside = False
    for line in map(_bare, lines):
        low = line.lower()
        if not line:
            inside = False
        elif (
            low.startswith(_LICENCE)
            or any(each in low for each in _LEGAL)
            or (len(low) < 50 and low.rstrip(".").endswith(("license", "licence")))  # its name
        ):
            value = _label(line)[1] if ":" in line[:20] else ""
            alone = (low.startswith(_ONE_LINE) and len(low) < 60) or (value and len(value) < 40)
            inside = inside or people or not alone
            marks.append(True)
            continue
        elif inside and ":" in line and _is_label(label := _label(line)[0]):
            inside = people and label not in _ABOUT
        marks.append(inside)
    for at, line in enumerate(lines):  # the address of the licence, as a separate paragraph
        if not marks[at] and "://" in line and any(marks[max(at - 2, 0) : at]):
            marks[at] = line.split()[-1].startswith("http") and any(marks[at + 1 : at + 3])
    return marks


def _is_label(label: str) -> bool:
    return label in _ABOUT or label in _NAMES or label in _OTHER


def _is_noise(bare: str) -> bool:
    """Whether a line without its frame says nothing, as for `says_nothing`."""
    if len(bare) < 3:
        return True
    low = bare.lower()
    return low[:2] in _NOISE_BEGINS and low.startswith(_NOISE)


def _label(line: str) -> tuple[str, str]:
    """(the label `last-updated`, the value) for `Last updated : value`; ("", line) without a
    label."""
    if line.startswith(_MISE):
        return "description", line[len(_MISE) :].strip("\"'")
    key, colon, value = line.partition(":")
    key = key.strip().rstrip(".").strip(_FRAME)
    if not colon:
        first, _, rest = line.partition(" ")
        return (first.lower(), rest.strip()) if first[:1] == "@" else ("", line)
    if len(key) > 30 or key.count(" ") > 3 or value[:2] == "//":
        return "", line
    return "-".join(key.lower().split()), value.strip(" \t:")


def _of_block(bare: list[str], stem: str, sure: bool) -> tuple[str, bool]:
    """(the summary of a block or "", whether to look at the next block)."""
    title = ""
    at = 0
    while at < len(bare):
        line = bare[at]
        low = line.lower()
        if not line or _is_noise(line) or _is_art(line):
            at += 1
            continue
        label, value = _label(line)
        if low.rstrip(".:") in _ABOUT or low in ("name", "what is this?", "what is it?"):
            label, value = low.rstrip(".:"), ""
        if label in _ABOUT or (label == "name" and not value):
            rest = [value, *bare[at + 1 :]] if value else _next_lines(bare, at + 1)
            found = _sentence(rest, stem)
            if found or label in ("summary", "description", "purpose"):
                return found, not found
            at += 1
            continue
        if label and label in _NAMES:
            title = title or _title(value, stem)
            at += 1
            continue
        if label and (label in _OTHER or label.split("-")[0] in _OTHER):
            at += 1
            if not value:  # a section: its text is on the lines below
                while at < len(bare) and bare[at]:
                    at += 1
            continue
        if _is_name(line, stem):
            at += 1
            continue
        described = _described(bare, at, stem)
        if described:
            return described, False
        found = _sentence(bare[at:], stem)
        if found and any(each.lower().startswith(_LICENCE) for each in bare[at + 1 : at + 3]):
            title = title or found  # perhaps the project's; lines below may describe this script
            while at < len(bare) and bare[at]:
                at += 1
            continue
        if found:
            return found, False
        if low.rstrip(":").rstrip() in _OTHER:
            at += 1
            while at < len(bare) and bare[at]:
                at += 1
            continue
        if not _is_skippable(low):
            break
        at += 1
    return title, not title and not sure


def _described(bare: list[str], at: int, stem: str) -> str:
    """The value of a `Description:` further on in a block whose first lines are a title."""
    for index in range(at + 1, min(len(bare), at + 15)):
        if ":" not in bare[index]:
            continue
        label, value = _label(bare[index])
        if label in _ABOUT and label != "what":
            rest = [value, *bare[index + 1 :]] if value else _next_lines(bare, index + 1)
            return _sentence(rest, stem)
    return ""


def _next_lines(bare: list[str], at: int) -> list[str]:
    while at < len(bare) and (not bare[at] or _is_noise(bare[at])):
        at += 1
    return bare[at:]


def _is_skippable(low: str) -> bool:
    """Whether a summary may follow below a line that is not one itself: a person, a date, a
    version, a place. Any other such line begins a text that goes on below it."""
    return low.startswith((
        "author", "by ", "written by", "created", "version", "last ", "date", "http", "www.",
        "maintained", "@", "v0", "v1", "v2", "v3", "copyright", "github", "source", "credit",
        "modified", "updated", "usage", "bash script", "shell script", "script",
    )) or low[:1].isdigit()  # fmt: skip


def _stem(name: str) -> str:
    name = name.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return (stem if dot and len(ending) <= 4 else name).lower()


def _is_name(line: str, stem: str) -> bool:
    """Whether a line is only the name of the script."""
    low = line.lower().rstrip(":.")
    if " " not in low:
        return not _is_dense(low)
    plain = low.replace(" ", "").replace("-", "").replace("_", "")
    return bool(stem) and plain == stem.replace("-", "").replace("_", "")


def _title(value: str, stem: str) -> str:
    """The value of `Name:`, if it says more than the name of the file."""
    value = _without_name(value, stem)
    if value.count(" ") < 1 or _is_name(value, stem) or "/" in value.split(" ")[0]:
        return ""
    return _sentence([value], stem)


def _is_art(line: str) -> bool:
    if line[:3].isalpha():
        return False
    signs = line.replace(" ", "")
    letters = sum(map(str.isalnum, signs))
    return letters * 10 < len(signs) * 6


def _without_name(line: str, stem: str) -> str:
    """The line without the script's name in front: `copies x` for `backup.sh - copies x`,
    `backup.sh: copies x` and `backup (1): copies x`."""
    for dash in (" - ", " -- ", " \u2013 ", " — ", " --- ", "- ", ": ", " : ", " = ", "\t", " | "):
        if dash not in line:
            continue
        name, _, rest = line.partition(dash)
        name = name.strip().strip("`'\"*").removesuffix("(1)").rstrip(":")
        if not name or not rest.strip():
            continue
        if name.lower().startswith(f"{stem} ") and name[len(stem) + 1] in "[<-{":
            return rest.strip()  # `nas [-q] DIR - copies x`
        ended = _has_ending(name)
        whole = name.lower().replace("_", "-").replace(" ", "-") == stem.replace("_", "-")
        if whole or (ended and " " not in name):
            return rest.strip(" \t-\u2013—:")
        if (
            " " not in name
            and dash in (" - ", " -- ", " \u2013 ", " — ", " --- ")
            and len(name) > 1
            and not name.lower().startswith(_NO_SUMMARY)  # `DEPRECATED - use the other one`
        ):
            return rest.strip(" \t-\u2013—:")
    return line


_ENDINGS = (
    ".sh",
    ".bash",
    ".py",
    ".pl",
    ".rb",
    ".js",
    ".zsh",
    ".fish",
    ".ksh",
    ".awk",
    ".lua",
    ".ts",
    ".php",
)


def _has_ending(name: str) -> bool:
    return name.lower().endswith(_ENDINGS)


def _sentence(lines: list[str], stem: str) -> str:
    """The first sentence of the lines, or the first line, if it can be a summary; else ""."""
    if not lines:
        return ""
    label, value = _label(lines[0])
    if label in _ABOUT and value:
        lines = [value, *lines[1:]]
    text = _without_name(lines[0], stem)
    label, value = _label(text)
    if label in _ABOUT and value:
        text = value
    if not _may_be(text):
        return ""
    first = text
    width, last = 0, lines[0]
    for following in lines[1:]:
        if not following or _ended(text) or len(text) > 2 * WIDEST:
            break
        width = width or max(map(len, lines[: lines.index("") if "" in lines else None]))
        if not _goes_on(text, following, len(last), width):
            break
        text = text.removesuffix("\\").rstrip() + " " + following
        last = following
    text = _first_sentence(" ".join(text.split()))
    cut = text.rpartition(" ")[2].lower() in _OPEN
    if text.endswith((":", ",")):
        return ""
    if not _is_dense(text) and (text.count(" ") < 1 or sum(map(str.isalpha, text)) < 8):
        return ""
    if text != first and not _may_be(text):
        return ""
    text = text.rstrip(" .;!") if not text.endswith("...") else text
    return _short(text) if not cut or len(text) > WIDEST else text + "…"


def _is_dense(text: str) -> bool:
    """Whether a text is in Chinese, Japanese or Korean, which write words without blanks and need
    far fewer characters."""
    if text.isascii():
        return False
    return sum("\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7a3" for sign in text) > 3


def _short(text: str) -> str:
    if len(text) <= WIDEST:
        return text
    cut = text[:WIDEST].rpartition(" ")[0]
    return cut.rstrip(" ,;:-(") + "…" if len(cut) > WIDEST // 2 else clipped(text, WIDEST)


def _ended(text: str) -> bool:
    return text.endswith((".", "?", ":", "。"))


# A sentence does not end in these.
_OPEN = frozenset(
    "a an the of for to with and or by from into via which using is are as your its their "
    "our my his her than these those every each between through while whose because "
    "whether and/or".split()
)
_TAIL = _OPEN | frozenset(
    "in on at this that if when where who new all any no not about be been was were has have had "
    "will would can could should may must does after before until over under during without "
    "within so then both some other".split()
)
# First words of a new sentence.
_STARTERS = frozenset(
    "it this that these there if when usage note you we i for example needs requires see also use "
    "by in the a an please run works written author version only should must can part".split()
)


def _goes_on(text: str, following: str, length: int, width: int) -> bool:
    """Whether a line of prose goes on in the following one. `length` is the length of the line,
    `width` that of the longest line in its block."""
    if _is_noise(following) or (":" in following and _is_label(_label(following)[0])):
        return False
    if following[:2] in ("- ", "* ", "• ") or following[:1] in "-[(<$@/" or _is_code(following):
        return text.endswith(",") and following[:1] == "("
    last = text.rpartition(" ")[2].lower()
    if last in _TAIL or text.endswith((",", "\\")):
        return True
    word = following.split(" ", maxsplit=1)[0]
    if following[:1].islower():
        return len(text) > 40 or word in _TAIL
    room = width - length
    # a name or a number: the line was wrapped because that word did not fit on it
    return (
        room <= len(word)
        and 47 < length < 90
        and text[-1] not in ")]"
        and (word[0].isalnum() or word[0] in "'\"`")
        and word[-1] not in ":#"
        and word.lower() not in _STARTERS
        and (word.isupper() or not word.endswith(("s", "ed", "ing")))
    )


_SHORTENED = ("e.g", "i.e", "etc", "vs", "incl", "approx", "resp", "no", "st", "dr", "mr", "cf")


def _first_sentence(text: str) -> str:
    text = text.partition("。")[0]
    at = 0
    while True:
        at = text.find(". ", at)
        if at < 0:
            break
        word = text[:at].rpartition(" ")[2].lower().lstrip("(")
        if word not in _SHORTENED and len(word) > 1:
            return text[:at]
        at += 2
    for sign in ("! ", "? "):
        if 0 < text.find(sign) < WIDEST:
            text = text[: text.index(sign)]
    return text


def _may_be(text: str) -> bool:
    """Whether a line can be a summary, judging by its first words and its punctuation."""
    low = text.lower().lstrip("\"'`([")
    if low.rstrip(".!") in ("test script", "my script", "a script", "simple script", "new script"):
        return False
    if len(low) < (4 if _is_dense(text) else 6) or (
        not low[:1].isalpha() and not low[:1].isdigit()
    ):
        return False
    if text[:1] in "-([<$@/{}&;\\~^=>" or text.isupper() or " = " in text or low.startswith(_NOISE):
        return False
    if low[:2] in _NO_SUMMARY_BEGINS and low.startswith(_NO_SUMMARY):
        return False
    for part in _NEVER:  # a generator expression takes twice as long
        if part in low:
            return False
    if low[:1].isdigit() and not low.partition(" ")[2][:1].isalpha():
        return False  # a date, an item, a line of cron
    if low[:1].isdigit() and (low[:4].replace("-", "").isdigit() or low[1:2] in ".)"):
        return False
    if low[:1] == "v" and low[1:2].isdigit():
        return False
    if "@" in text and "<" in text.partition("@")[0]:
        return False  # a person
    first, _, rest = text.partition(" ")
    return not _is_code(text) and not (_has_ending(first) and rest[:1] == "(") and not _is_step(low)


def _is_step(low: str) -> bool:
    """Whether a line describes only the next step of a script, as in many scripts: check for root,
    read the settings, change to the script's folder."""
    if low.partition(" ")[0] not in _STEP_BEGINS:  # nearly all lines
        return False
    words = [word.strip(".,:;!()'\"`") for word in low.split()[:9]]
    words = [word for word in words if word not in _ARTICLES]
    if not 2 <= len(words) <= 7:
        return False
    verb, *rest = words
    last = rest[-1]
    if verb in _STEP_STOP:
        return not _STEP_ERRORS.isdisjoint(rest[:3])
    if last in ("check", "checks") and len(rest) == 1:
        return verb in _STEP_CHECKED or verb in _STEP_CHECKS
    if verb in _STEP_CHECK:
        checked = [word for word in rest if word not in ("for", "if", "that", "whether", "is")]
        if checked and checked[0] in _STEP_CHECKED and len(checked) <= 3:
            return True
    loaded = verb in _STEP_LOAD and last in _STEP_LOADED and len(rest) <= 4
    if loaded and (len(rest) == 1 or rest[0] in _STEP_LOADED_FROM):
        return True
    if verb in _STEP_GO and last in ("directory", "dir", "folder", "cwd", "path"):
        return len(rest) <= 2 or not _STEP_FOLDERS.isdisjoint(rest)
    if verb in ("prompt", "ask"):
        return "and" not in rest and (verb == "prompt" or "for" in rest[:2])
    if last in _STEP_THERE and (verb in _STEP_CHECK or (verb == "make" and "sure" in low)):
        return True
    if verb in ("create", "make", "set", "define", "prepare", "get") and last in _STEP_PLACES:
        return len(rest) <= 3 and rest[0] in _STEP_KINDS
    if last in ("lock", "lockfile") or rest[-2:] == ["lock", "file"]:
        return verb in ("use", "take", "acquire", "get", "create", "obtain", "set")
    if verb in ("turn", "enable", "activate", "switch", "set") and not _STEP_DEBUG.isdisjoint(rest):
        return len(rest) <= 3
    if last in _STEP_GROUPS and len(rest) == 1:
        return verb in _STEP_GROUPED
    if verb in _STEP_RISE and len(rest) <= 4:
        return not _STEP_RIGHTS.isdisjoint(rest)
    if verb in ("show", "print", "display", "output", "echo") and len(rest) <= 2:
        return rest[0] in ("help", "usage", "version", "banner", "header", "message", "logo")
    if verb in ("prevent", "avoid", "disallow", "allow", "only", "one", "single", "lock", "ensure"):
        return not _STEP_ALONE.isdisjoint(rest[:3])
    if verb in ("make", "let", "force", "cause", "tell") and rest[0] in ("script", "bash", "shell"):
        return not _STEP_MADE.isdisjoint(rest)
    return False


_ARTICLES = frozenset("the a an this our your all any my current sure that".split())
_STEP_STOP = frozenset(
    "ignore quit bail halt stop exit abort die fail terminate break catch suppress handle".split()
)
_STEP_ERRORS = frozenset(
    "error errors failure failures fails failed fail undefined unset missing out code".split()
)
_STEP_CHECK = frozenset(
    "check checks verify ensure validate test require confirm assert detect determine".split()
)
_STEP_CHECKED = frozenset(
    "root sudo bash arg args argument arguments param params parameter parameters dependencies "
    "deps dependency requirement requirements prerequisites privileges permissions input inputs "
    "uid euid user shell".split()
)
_STEP_CHECKS = frozenset("sanity preflight pre-flight basic initial safety version".split())
_STEP_LOAD = frozenset(
    "read load import source parse get include set define declare handle grab".split()
)
_STEP_LOADED_FROM = frozenset(
    "config configs configuration .env env environment secrets settings variables vars options "
    "arguments args credentials functions function library libraries libs lib helpers helper "
    "parameters params modules flags command command-line cli common shared script".split()
)
_STEP_LOADED = _STEP_LOADED_FROM - {"script", "command", "common", "shared"} | {
    "file", "files", "values", "defaults", "line", "path", "dir", "directory", "input",
}  # fmt: skip
_STEP_THERE = frozenset(
    "installed exist exists available set provided defined given specified passed".split()
)
_STEP_PLACES = frozenset("dir directory directories folder folders file files path paths".split())
_STEP_KINDS = frozenset(
    "temp temporary tmp log logs logging output working target destination dest required needed "
    "necessary lock pid".split()
)
_STEP_DEBUG = frozenset("debug debugging tracing verbose xtrace trace".split())
_STEP_GROUPS = frozenset(
    "colors colours variables vars constants functions helpers settings defaults options "
    "parameters arguments imports aliases paths".split()
)
_STEP_GROUPED = frozenset(
    "terminal text output color global helper utility common default script environment user "
    "local log logging shell internal basic required optional bash util print".split()
)
_STEP_GO = frozenset("go change cd switch move jump chdir enter navigate".split())
_STEP_FOLDERS = frozenset(
    "script scripts script's working work project root repo repository parent correct right home "
    "own base app".split()
)
_STEP_RISE = frozenset(
    "require elevate request escalate gain become drop acquire obtain use need needs restart rerun "
    "re-run run relaunch re-execute".split()
)
_STEP_RIGHTS = frozenset("sudo root privileges administrator admin superuser".split())
_STEP_ALONE = frozenset(
    "twice concurrent multiple parallel simultaneous overlapping instance instances file".split()
)
_STEP_MADE = frozenset("exit fail stop abort quit executable die".split())
# Beginnings of a step, for `_is_step`.
_STEP_BEGINS = frozenset().union(
    _STEP_STOP,
    _STEP_CHECK,
    _STEP_CHECKED,
    _STEP_CHECKS,
    _STEP_LOAD,
    _STEP_GO,
    _STEP_RISE,
    _STEP_GROUPED,
) | frozenset(
    "prompt ask create make define prepare use take acquire get obtain set turn enable activate "
    "switch show print display output echo prevent avoid disallow allow only one single lock "
    "lockfile ensure let force cause tell".split()
)

_NEVER = (
    "://", "copyright", "all rights reserved", "must be run", "should be run", "has to be run",
    "run as root", "as root.", "do not edit", "todo", "fixme", "@gmail", "license", "licence",
    "last modified", "last updated", "written by", "created by", "chmod +x", "chmod 7",
    "exit code", "strict mode", "strict error", "environment variable", "etc.", "property of",
    "is free software",
    "helper-scripts",
    "in seconds", "(default:", "sample output", "design intent", "timeout values", "(c) 1",
    "(c) 2", "als root ", "tant que root", "como root", "come root", "with root priv",
)  # fmt: skip


def _is_code(text: str) -> bool:
    """Whether a line is commented-out code, or a command line to copy."""
    first, _, rest = text.partition(" ")
    if first == "Write-Host" or (rest and first == first.lower() and _is_command(first, rest)):
        return True
    if text.startswith(("./", "/", "~/", "$ ", "% ", "sudo ", "> ")):
        return True
    name, equals, _ = first.partition("=")
    if equals and name.replace("_", "").isalnum():
        return True
    if text.endswith((";", "{", "}", "\\", "&&", "|", ";;", "]", "()", "); }", "->", "; do",
                      "; then", "; fi", "; done")):  # fmt: skip
        return True
    if "$(" in text or "${" in text or "&& " in text or (" | " in text and " -" in text):
        return True
    if rest.startswith(("= ", "=", "+= ", "-", ">", "<", "|")) and not rest.startswith("- "):
        return True
    if "(" in first and first[:1].isalpha():
        called, _, inner = first.partition("(")
        dotted = called.replace("_", "").replace(".", "")
        if dotted.isalnum() and (inner[:1] in ("", "'", '"', "$", ")") and called[:1].islower()):
            return True  # print("hello")
    return "=" in first or "()" in first or (" $" in text and "$(" in text) or "];" in text


def _is_command(first: str, rest: str) -> bool:
    """Whether a line that begins with the lower-case word `first` is a command line and not a
    sentence: it has options, or the usual arguments behind the name of a program."""
    words = rest.split()
    prose = any(word.strip(",.;:()") in _PROSE for word in words)
    option = any(
        word[0] == "-" and len(word) > 1 and (word[1].isalpha() or (word[1] == "-" and word[2:]))
        for word in words
    )
    if first not in _COMMANDS and not option and not prose and len(words) < 4:
        name, dot, ending = words[-1].rpartition(".")  # `esphome run x.yaml`
        return bool(name and dot) and ending.isalpha() and first[-1:] != "s"
    if first not in _COMMANDS:
        if not option or prose or not first.replace("-", "").replace("_", "").isalnum():
            return False
        return words[0][0] != "(" and words[-1][-1] not in ".:"
    if any("/" in each and ":" in each[1:-1] for each in words):
        return True  # an image, a share
    word = words[0] if words else ""
    if word[:1] in "-/$\"'~.[({<|&>`=" or "=" in rest or first in _SHELL_ONLY or "/" in word:
        return True
    if first in ("for", "while", "until", "if"):
        return ";" in rest
    if prose:
        return option and first not in _VERBS and not rest.endswith(".")
    if option or (first in _ENGLISH_PAIRS and rest in _ENGLISH_PAIRS[first]):
        return True
    last = words[-1].strip(".,") if words else ""
    if last in _NOUNS:
        return False  # `docker restart script`
    signs = any(
        each[0] in "/~.$\"'*" or "/" in each or "@" in each or "::" in each or each.isdigit()
        or "." in each[1:-1]
        for each in words
    )  # fmt: skip
    if first in _VERBS:
        return signs and len(words) < 4
    return (
        signs
        or ((first in _TOOLS or word in _SUBCOMMANDS) and len(words) < 6)
        or (len(words) == 1 and ("-" in word or first in _TOOLS))
    )


# Words of a sentence; no command line has one.
_PROSE = frozenset(
    "a an the of to with and or from into that is are when which what who where their its it my "
    "your our this these between via using every each if for on in by as at not than via be "
    "before after without while".split()
)
# Programs whose names are also words that a sentence begins with.
_VERBS = frozenset(
    "find mount umount read test make cut sort kill sleep watch wait source set install touch "
    "reboot shutdown import export return print function case while if for let until split join "
    "write time date convert stop start screen clear reset service fold head tail tree top who "
    "last host file move copy link tee trap cat shift unset use go yes mail at env local".split()
)
_ENGLISH_PAIRS = {
    "make": ("install", "clean", "all", "build", "test", "check"),
    "reboot": ("now",),
    "shutdown": ("now",),
    "wait": ("$!",),
}
# Programs that take names, so the words behind them look like a sentence.
_TOOLS = frozenset(
    "ssh mkdir rmdir rm cp mv ln ls scp chmod chown chgrp ping kill killall pkill ip nmcli nft "
    "ipmitool etherwake systemd-analyze xrandr sysctl modprobe".split()
)
_SUBCOMMANDS = frozenset(
    "snapshots con power blame archives targets nodes pods "
    "start stop restart run up down pull push build create destroy delete remove rm ls list "
    "status show scrub apply get set add update upgrade install init config clone checkout "
    "commit fetch merge tag exec logs login ps sync copy mount unmount send recv receive import "
    "export snapshot rollback prune check backup restore enable disable reload plan validate "
    "describe rebase stash diff resize clear forget mirror compose container image volume "
    "network node pod allow deny link addr route reset test migrate subvolume balance inspect "
    "available".split()
)
_NOUNS = frozenset(
    "script scripts helper helpers wrapper wrappers checker tool tools utility utilities monitor "
    "hook hooks alias aliases plugin replication cleanup automation manager report "
    "generator viewer exporter converter setup function functions rotation retention notifier "
    "notifications watcher watchdog bot proxy installer updater toggler page dashboard".split()
)


_SHELL_ONLY = frozenset(
    "if then else elif fi do done esac declare local typeset readonly shift sudo apt apt-get "
    "export eval source alias unset systemctl pip pip3 npm yum dnf def class const var echo "
    "printf cd exec".split()
)
