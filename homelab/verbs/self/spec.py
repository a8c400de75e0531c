"""The descriptions of the verbs `self …`."""

from __future__ import annotations

from homelab.catalogue.common import HOSTS, ROWS
from homelab.catalogue.verb import Argument, Verb

_SSH = (
    Argument(
        "--prefix", "text", "where to install it on the host; /usr/local for root, else ~/.local"
    ),
    Argument("--timeout", "span", "time limit for one host", default="60s"),
    Argument("--jobs", "count", "how many hosts at a time", default="8"),
)
_UNVERIFIED = Argument(
    "--unverified", "flag", "do not ask the installed copy to verify the signature"
)

VERBS = (
    Verb(
        "self hosts",
        "which version runs on other hosts, compared with this one",
        "homelab.verbs.self.hosts:hosts",
        arguments=(*HOSTS, *_SSH, *ROWS),
        details=(
            "RESULT is current, older, newer, other build (of the same version), missing, or the"
            " reason why the version is unknown."
        ),
        examples=("homelab self hosts pve1 nas", "homelab self hosts --from hosts.txt"),
        exits=(
            (0, "all hosts run this build"),
            (1, "a host runs another build, has none, or is unreachable"),
        ),
        answers=(0, 1),
        network=True,
        tool=False,
    ),
    Verb(
        "self install",
        "install this file in PATH, with completion and manual page",
        "homelab.verbs.self.install:install",
        arguments=(
            Argument(
                "--prefix", "folder", "install below this folder", default="/usr/local", value="DIR"
            ),
            Argument("--uninstall", "flag", "remove what is installed below the prefix"),
            _UNVERIFIED,
            *ROWS,
        ),
        details=(
            "The file becomes lib/homelab/homelab-VERSION-BUILD.pyz, and bin/homelab is a link to"
            " it. The new file is tried before the link changes, and the previous version is kept"
            " beside it. Completion is installed for each of bash, zsh and fish that this host"
            " has. If a copy is installed already, it verifies this one like self verify, with its"
            " own signers; if it refuses, nothing is replaced. The first copy is trusted."
        ),
        effect="destructive",
        examples=(
            "sudo ./homelab.pyz self install",
            "./homelab.pyz self install --prefix ~/.local",
            "sudo homelab self install --uninstall",
        ),
        exits=(
            (0, "done"),
            (1, "can't write there, the signature is refused, or homelab is not installed"),
            (69, "the signature can't be verified"),
        ),
        tool=False,
    ),
    Verb(
        "self push",
        "install this file on other hosts over ssh",
        "homelab.verbs.self.push:push",
        arguments=(
            *HOSTS,
            *_SSH,
            Argument("--with-config", "flag", "carry the settings of this account too"),
            Argument("--with-verbs", "flag", "carry the own verbs of this account too"),
            Argument(
                "--replace",
                "flag",
                "replace other settings and verbs there, and keep them as backups",
            ),
            Argument("--dry-run", "flag", "say what would be done, without contacting a host"),
            _UNVERIFIED,
            *ROWS,
        ),
        details=(
            "It uses the ssh of this host with its configuration. The host checks the sha256 of"
            " the copy, tries the copy, and installs it like self install; nothing else is left"
            " there. The copy that is installed there verifies the signature of the new one before"
            " it runs. If one host fails, the others go on. With a single host, ssh may ask for a"
            " password.\n\n--with-config carries the settings: of root /etc/homelab/config.ini, of"
            " others ~/.config/homelab/config.ini (the other one if that is missing); it goes to"
            " the same place there. Files that the settings name, like that of a password, are not"
            " carried. --with-verbs carries the own verbs that run here, with their .verb files: of"
            " root those in /usr/local/lib/homelab/verbs, of others those in"
            " ~/.local/share/homelab/verbs. Added folders are not carried. It says first what goes"
            " where. Another file that is there already is kept, and the host fails; --replace"
            " replaces it, and keeps the old one beside it."
        ),
        effect="write",
        examples=(
            "homelab self push pve1 root@nas",
            "homelab self push --from hosts.txt --dry-run",
            "homelab self push @lab --with-config --with-verbs",
        ),
        exits=((0, "every host runs this file"), (1, "a host failed")),
        answers=(0, 1),
        network=True,
        tool=False,
    ),
    Verb(
        "self unpack",
        "write the settings and own verbs that self push sent",
        "homelab.verbs.self.unpack:unpack",
        arguments=(
            Argument("FILE", "file", "the archive, a tar file", required=True),
            Argument("--replace", "flag", "replace other files, and keep them as backups"),
            *ROWS,
        ),
        details=(
            "self push --with-config and --with-verbs run this on the other host. config.ini goes"
            " to /etc/homelab as root, else to ~/.config/homelab; verbs/ goes to"
            " /usr/local/lib/homelab/verbs as root, else to ~/.local/share/homelab/verbs. RESULT is"
            " new, same, replaced, kept (another file is there, and stays), or failed. Each file is"
            " written completely or not at all, never through a link, and never into a folder that"
            " another account can change."
        ),
        effect="destructive",
        examples=("homelab self unpack settings-and-verbs.tar",),
        exits=(
            (0, "all files are there now"),
            (1, "a file was not written"),
            (2, "FILE is not an archive of self push"),
        ),
        answers=(0, 1),
        tool=False,
    ),
    Verb(
        "self verify",
        "whether a signer that this copy trusts signed FILE",
        "homelab.verbs.self.verify:verify",
        arguments=(
            Argument("FILE", "file", "the copy; its signature is in FILE.sig", required=True),
            *ROWS,
        ),
        details=(
            "STATE is verified, refused, unknown (ssh-keygen can't tell) or no-signers. The"
            " signers are those that build.py --site built into the running copy; FILE is not run."
            " Verify a file before you run it: its own output proves nothing."
        ),
        examples=("homelab self verify ./homelab.pyz",),
        exits=(
            (0, "a trusted signer signed this file"),
            (1, "no trusted signer signed it, or it can't be read"),
            (69, "ssh-keygen is missing or older than OpenSSH 8.1"),
            (78, "this copy has no signers"),
        ),
        answers=(0, 1, 69, 78),
        tool=False,
    ),
)
