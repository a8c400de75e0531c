"""The list of words: what it folds, means and answers."""

from __future__ import annotations

import pytest

from homelab.telemetry import event
from homelab.telemetry.vocabulary import _BELOW, WISHES, answer, listed, meaning
from homelab.verbs import BUILT_IN

_OLD = """
    adguard alerts ansible apps apt arr backup backups benchmark borg caddy camera cert certs
    check clean cleanup cloudflared cluster compose container containers cpu cron crowdsec
    database ddns deploy dhcp diff disk disks dns docker doctor domain down edit exec fail2ban
    find firewall fix flux git gitea gpu grafana haproxy headscale health helm home-assistant
    hosts images immich info install inventory ip ipmi jellyfin jobs k3s k8s kernel kopia
    kubectl kuma lan letsencrypt list loki lxc mail media memory metrics migrate monitor mount
    mqtt nas net network nextcloud nfs nginx node nodes notify ntp nut opnsense paperless pbs
    pihole ping plex podman pool pools port ports postgres power poweroff prometheus proxmox
    proxy prune ps pull pve raid reboot registry repair report restart restic restore rollback
    route router run s3 samba scan scrub secrets sensors server service services share shell
    shutdown smart snapshot snapshots speedtest ssh ssl stack start status stop storage swap
    sync systemd tail tailscale temperature terraform timers tls top traefik truenas tunnel
    unifi units up update updates upgrade ups uptime vault vlan vm vms volumes vpn wake web wifi
    wireguard wol zfs zigbee
""".split()


@pytest.mark.parametrize(
    ("word", "own"),
    [
        ("df", "df"),
        ("Docker", "docker"),
        ("PS", "ps"),
        ("backups", "backup"),
        ("certificates", "cert"),
        ("databases", "database"),
        ("statuses", "status"),
        ("registries", "registry"),
        ("dns", "dns"),
        ("nfs", "nfs"),
        ("zfs", "zfs"),
        ("kubernetes", "k8s"),
        ("temperature", "temp"),
        ("hunter2", ""),
        ("dn", ""),
        ("s", ""),
        ("", ""),
        ("df\n", ""),
    ],
)
def test_a_word_folds_to_the_lists_own_spelling(word: str, own: str) -> None:
    assert listed(word) == own


def test_each_word_is_its_own_spelling_and_has_a_meaning() -> None:
    assert {word: listed(word) for word in WISHES} == {word: word for word in WISHES}
    assert all(map(meaning, WISHES))


@pytest.mark.parametrize(
    ("words", "does"),
    [
        ("df", "disk usage"),
        ("ps", "container list"),
        ("docker", "container list"),
        ("free", "host status"),
        ("journal", "logs query --unit"),
        ("container ls", "container list"),
        ("container ps", "container list"),
        ("restart", ""),
        ("container restart", ""),
        ("hunter2", ""),
    ],
)
def test_a_word_is_answered_by_the_verb_that_does_it(words: str, does: str) -> None:
    assert answer(words) == does


def test_every_answer_is_a_built_in_with_its_options() -> None:
    known = {verb.path: verb for verb in BUILT_IN.every()}
    for words in {*WISHES, *_BELOW}:
        path, _, option = answer(words).partition(" --")
        if path:
            assert path in known, words
            flags = [argument.name for argument in known[path].arguments]
            assert not option or f"--{option}" in flags, words
    firsts = {path.split(" ")[0] for path in known}
    assert [word for word in WISHES if answer(word) and word in firsts] == []


@pytest.mark.parametrize("old", _OLD)
def test_what_older_copies_counted_by_name_still_has_one(old: str) -> None:
    assert listed(old)


def test_a_word_below_a_group_is_counted_with_its_group() -> None:
    assert event.of_unknown("Restarts", group="container").text == "(unknown) container restart"
    assert event.of_unknown("hunter2", group="container").text == "(unknown)"
    assert event.is_sendable("(unknown) container restart", "exit=2 ver=0.6.0")
