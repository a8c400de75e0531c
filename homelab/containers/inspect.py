"""The containers of this host, in all its engines."""

from __future__ import annotations

import os
import time

from homelab.containers import engines, judge, podman_command
from homelab.containers.engines import Heard, Silent
from homelab.findings import SKIPPED, UNKNOWN, Finding
from homelab.net.unix_http import Unanswered
from homelab.system import paths
from homelab.vitals import load_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from homelab.system.machine import Host

WAIT = 3.0  # s, for all engines, in `host status`
_LEAST = 0.3  # s for Podman's command, even if the engines used up the time


def heard(host: Host, env: Mapping[str, str], account: int, seconds: float) -> Heard:
    """The answers of all engines of this host, within `seconds`: over their sockets, and from
    Podman's command if the account's own socket does not answer."""
    end = time.monotonic() + seconds
    found = engines.asked(host, engines.places(host, env, account), seconds)
    found.silent += _others(host) if account == 0 else []
    folders = ["/run"] if account == 0 else paths.runtimes(env, account, host.owner)
    for folder in folders:
        try:
            if host.socket(f"{folder}/podman/podman.sock") in found.answered:
                return found
        except OSError:
            pass
    try:
        own = podman_command.asked(host, env, account, max(end - time.monotonic(), _LEAST))
    except Unanswered as error:
        found.silent.append(Silent("podman ps", error.reason, error.late))
        return found
    if own is not None:
        told = {each.number for engine in found.engines for each in engine.containers}
        own.containers = [each for each in own.containers if each.number not in told]
        found.engines.append(own)
    return found


def _others(host: Host) -> list[Silent]:
    """The accounts that used Podman since boot and have no socket for it: root can't use their
    Podman's command. Podman keeps its state in libpod/tmp of the account's runtime folder."""
    return [
        Silent(
            f"{folder}/podman/podman.sock",
            "this account's Podman has no socket; as that account, run homelab container list, or"
            " systemctl --user enable --now podman.socket",
        )
        for folder in engines.of_all_accounts(host)
        if folder != "/run/user/0"
        and host.exists(f"{folder}/libpod/tmp")
        and not host.exists(f"{folder}/podman/podman.sock")
    ]


def booted(host: Host, now: int) -> int:
    """The time (ns) at which the host booted, 0 if unknown."""
    up = load_memory.since_boot(host)
    return 0 if up is None else now - up


def check(host: Host, env: Mapping[str, str], now: int) -> list[Finding]:
    """The findings on the containers of this host at `now` (ns): one for all containers, and one
    for each engine that can't be asked; skipped if this account has no right to ask it."""
    found = heard(host, env, os.geteuid(), WAIT)
    findings = [
        Finding(
            SKIPPED if each.denied else UNKNOWN,
            "containers",
            "-",
            f"{each.place}: {each.reason}",
            denied=each.denied,
        )
        for each in found.silent
    ]
    if found.engines:
        every = [each for engine in found.engines for each in engine.containers]
        missed = sum(len(engine.missed) for engine in found.engines)
        findings.append(judge.summary(every, missed, now, booted(host, now)))
    elif not findings:
        findings.append(Finding(SKIPPED, "containers", "-", "neither Docker nor Podman runs here"))
    return findings
