"""The descriptions of the verbs `update …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "update list",
        "pending updates, those for security first, and whether a reboot is needed",
        "homelab.verbs.update.list:list_rows",
        arguments=(
            Argument("--timeout", "span", "wait this long for the package managers", default="30s"),
            *CHECK,
        ),
        details=(
            "Asks apt, dnf, apk or pacman for what their package lists on this host say: no network"
            " is asked, no root needed, and nothing is refreshed. What apt answered is kept in"
            " ~/.cache/homelab until anything changes that it depends on: lists, installed"
            " packages, sources, preferences or settings. Lists that are over 7 days old,"
            " or past the time that their archive gave them, say unknown, and so does a source that"
            " was never fetched. A security update is a warning where nothing installs it by"
            " itself, or where what does (unattended-upgrades, dnf-automatic) has not run for 48"
            " hours, or ran and left it; an ordinary one is none. Updates that are held, kept back"
            " or phased are skipped. Where a source does not tell which updates are for security, a"
            " note says so. A reboot is needed where a newer kernel than the running one is"
            " installed, or a package asked for it."
        ),
        examples=("homelab update list", "homelab update list --all --json"),
        exits=(
            (0, "nothing that needs somebody"),
            (1, "security updates or a reboot wait"),
            UNCHECKED,
        ),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
