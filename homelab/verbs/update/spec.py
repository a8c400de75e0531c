"""The descriptions of the verbs `update …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS, UNCHECKED
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "update list",
        "pending updates, security updates first, and whether a reboot is needed",
        "homelab.verbs.update.list:list_rows",
        arguments=(
            Argument(
                "--timeout", "span", "how long the package managers may take in all", default="30s"
            ),
            *CHECK,
        ),
        details=(
            "Asks apt, dnf, apk or pacman for the updates in the package lists on this host: no"
            " network, no root, and no refresh of the lists. What apt answered is kept in"
            " ~/.cache/homelab until anything changes that it depends on: lists, installed"
            " packages, sources, preferences or settings. Lists that are over 7 days old or past"
            " their archive's expiry date are unknown, and so is a source that was never fetched. A"
            " security update is a warning if nothing installs it automatically, or if the tool"
            " that should (unattended-upgrades, dnf-automatic) has not run for 48 hours, or ran and"
            " did not install it; an ordinary update never is. Updates that are held, kept back or"
            " phased are skipped. If a source does not say which updates are for security, a note"
            " says so. A reboot is needed if a newer kernel than the running one is installed, or"
            " if a package asked for it."
        ),
        examples=("homelab update list", "homelab update list --all --json"),
        exits=(
            (0, "nothing needs attention"),
            (1, "security updates or a reboot are pending"),
            UNCHECKED,
        ),
        answers=CHECK_ANSWERS,
        core=True,
    ),
)
