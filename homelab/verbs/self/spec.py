"""The descriptions of the verbs `self …`."""

from __future__ import annotations

from homelab.catalogue.common import ROWS
from homelab.catalogue.verb import Argument, Verb

_HOSTS = (
    Argument("HOST", "host", "as ssh takes it; - reads a list on stdin", many=True),
    Argument(
        "--from", "file", "a list of hosts, one a line; or an Ansible INI inventory", value="FILE"
    ),
)
_SSH = (
    Argument("--prefix", "text", "where it stands there; /usr/local for root, else ~/.local"),
    Argument("--timeout", "span", "how long one host may take", default="60s"),
    Argument("--jobs", "count", "hosts at a time", default="8"),
)
_UNVERIFIED = Argument(
    "--unverified", "flag", "do not ask the copy that is there to verify the signature"
)

VERBS = (
    Verb(
        "self hosts",
        "which version runs on other hosts, against this one",
        "homelab.verbs.self.hosts:hosts",
        arguments=(*_HOSTS, *_SSH, *ROWS),
        details=(
            "RESULT is current, older, newer, other build (of the same version), missing, or what"
            " kept it from being asked."
        ),
        examples=("homelab self hosts pve1 nas", "homelab self hosts --from hosts.txt"),
        exits=((0, "all run this build"), (1, "another build, none, or a host not reached")),
        answers=(0, 1),
        network=True,
        tool=False,
    ),
    Verb(
        "self install",
        "put this file where PATH finds it, with completion and manual page",
        "homelab.verbs.self.install:install",
        arguments=(
            Argument(
                "--prefix", "folder", "install below this folder", default="/usr/local", value="DIR"
            ),
            Argument("--uninstall", "flag", "remove what stands below the prefix instead"),
            _UNVERIFIED,
            *ROWS,
        ),
        details=(
            "The file becomes lib/homelab/homelab-VERSION-BUILD.pyz, and bin/homelab points at it."
            " The new file is tried before that is moved, and the version before stays beside it."
            " Completion is installed for those of bash, zsh and fish that are there. A copy"
            " that is there already checks this one as self verify does, by its own signers; if it"
            " refuses, nothing is replaced. The first copy is trusted."
        ),
        effect="destructive",
        examples=(
            "sudo ./homelab.pyz self install",
            "./homelab.pyz self install --prefix ~/.local",
            "sudo homelab self install --uninstall",
        ),
        exits=(
            (0, "done"),
            (1, "it can't be written, its signature is refused, or nothing is installed there"),
            (69, "its signature can't be verified"),
        ),
        tool=False,
    ),
    Verb(
        "self push",
        "install this file on other hosts over ssh",
        "homelab.verbs.self.push:push",
        arguments=(
            *_HOSTS,
            *_SSH,
            Argument("--dry-run", "flag", "say what would be done, and reach no host"),
            _UNVERIFIED,
            *ROWS,
        ),
        details=(
            "Over the ssh of this host, with its configuration. The copy's sha256 is checked there,"
            " it is tried, and installed as self install does; nothing else is left there. The copy"
            " that is installed there verifies the new one's signature before that is run. One host"
            " that fails does not stop the others. A single host may ask for a password."
        ),
        effect="write",
        examples=(
            "homelab self push pve1 root@nas",
            "homelab self push --from hosts.txt --dry-run",
        ),
        exits=((0, "every host runs this file"), (1, "a host does not")),
        answers=(0, 1),
        network=True,
        tool=False,
    ),
    Verb(
        "self verify",
        "whether a copy of homelab is signed by somebody whom this one trusts",
        "homelab.verbs.self.verify:verify",
        arguments=(
            Argument("FILE", "file", "the copy; its signature is FILE.sig", required=True),
            *ROWS,
        ),
        details=(
            "STATE is verified, refused, unknown (where ssh-keygen can't tell) or no-signers. The"
            " signers are those that build.py --site has baked into the running copy; FILE is not"
            " run. Verify a file before you run it: what it says of itself proves nothing."
        ),
        examples=("homelab self verify ./homelab.pyz",),
        exits=(
            (0, "one of the signers signed this very file"),
            (1, "nobody trusted signed it, or it can't be read"),
            (69, "ssh-keygen is missing or older than OpenSSH 8.1"),
            (78, "this copy has no signers"),
        ),
        answers=(0, 1, 69, 78),
        tool=False,
    ),
)
