"""The fixed list of words in a history that output may show as typed."""

from __future__ import annotations

import re

import pytest

from homelab.habits import public_words
from homelab.habits.public_words import is_everyday, is_program, subcommands

# The top of lists of leaked passwords, and default passwords of devices and distributions.
_PASSWORDS = """
    123456 abc123 access admin administrator adminadmin alpine andrew angel anonymous apple ashley
    asdf1234 bailey banana baseball basketball batman changeme changeit charlie cheese chocolate
    computer cookie corvette daniel default diamond donald dragon eagle falcon ferrari flower
    football freedom friend gandalf ginger guest hannah harley hello hottie hunter iloveyou internet
    jennifer jessica jesus jordan joshua killer letmein love lucky maggie magic master matrix
    matthew merlin michael michelle mickey monkey mustang nicole ninja nothing orange passw0rd
    password pepper phoenix pokemon princess purple qwerty ranger raspberry robert rockyou root
    samsung samantha secret shadow silver snoopy soccer spiderman starwars summer sunshine super
    superman taylor tequila test thomas tigger toor trustno1 ubnt ubuntu vagrant1 welcome whatever
    william winter wizard yellow zxcvbnm
""".split()
# The list has these as subcommands, where they do not name a value, only behind their program.
_SUBCOMMANDS = set("access admin default guest password root secret test".split())


def test_the_programs_of_home_labs_are_listed() -> None:
    asked = """
        docker podman systemctl journalctl loginctl apt apt-get dnf apk pacman zpool zfs btrfs mdadm
        lvs smartctl restic borg rclone rsync qm pct pvesh pveceph proxmox-backup-client virsh incus
        lxc kubectl helm flux argocd talosctl k3s terraform tofu ansible-playbook ip ss nft ufw
        firewall-cmd wg wg-quick tailscale nmcli resolvectl networkctl dig certbot acme.sh step
        openssl ssh-keygen sqlite3 psql mysql redis-cli mosquitto_pub ffmpeg yt-dlp esphome ha occ
        wakeonlan etherwake upsc apcaccess sensors nvidia-smi ipmitool lsblk blkid mount crontab at
        timedatectl hostnamectl snap flatpak virt-install multipass vagrant nomad consul vault sops
        age gpg pass bw op ssh tail df du logread lldpctl ovs-vsctl esxcli mover AdGuardHome
        HandBrakeCLI znapzend mergerfs.balance immich-cli nextcloud.occ sg_logs s6-rc dog gitleaks
        zramctl lsns faillog
    """
    for name in asked.split():
        assert is_program(name), name
        assert not is_everyday(name), name


def test_what_no_verb_would_replace_is_everyday() -> None:
    daily = """
        git make npm pip uv vim nano less cd ls cp grep sed awk tar tmux python3 htop top btop ncdu
        k9s ctop lazydocker screen kill w who id passwd sleep true claude codex hugo mkdocs
    """
    for name in daily.split():
        assert is_program(name), name
        assert is_everyday(name), name


@pytest.mark.parametrize(
    ("words", "some"),
    [
        ("docker", "ps logs compose exec system"),
        ("docker compose", "up down logs pull ps"),
        ("podman compose", "up down"),
        ("podman container", "ls checkpoint"),
        ("systemctl", "status restart list-timers daemon-reload"),
        ("zpool", "status scrub import"),
        ("zfs list", ""),
        ("kubectl get", "pods po svc nodes"),
        ("k get", "pods"),
        ("ip addr", "show add"),
        ("qm guest", "exec"),
        ("ha addons", "list logs"),
        ("kopia repo", "status connect"),
        ("pvenode config", "get set"),
        ("amtool alert", "query"),
        ("k3s kubectl get", "nodes pods"),
        ("syncthing cli show", "system"),
        ("bw list", "items"),
        ("unifi-os", "shell"),
        ("omv-salt deploy", "run"),
        ("gh workflow", "run list"),
        ("glab mr", "list create"),
        ("php occ", "app:list"),
        ("nextcloud.occ", "app:list"),
        ("git stash", "pop"),
        ("dnf5", "install"),
        ("nobody", ""),
        ("", ""),
        (" ", ""),
    ],
)
def test_subcommands_are_listed_below_their_words(words: str, some: str) -> None:
    assert set(some.split()) <= subcommands(words)
    assert bool(some) == bool(subcommands(words))


def test_each_list_of_subcommands_can_be_reached() -> None:
    subcommands("docker")
    for words in public_words._TREE:
        before, _, last = words.rpartition(" ")
        assert not before or last in subcommands(before), words


def test_a_listed_word_has_nothing_but_the_shape_of_a_name() -> None:
    subcommands("docker")
    for name, below in public_words._TREE.items():
        for word in (*name.split(" "), *below):
            assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.:+-]{0,39}", word), (name, word)


def test_no_listed_word_is_one_that_people_use_as_a_password() -> None:
    assert not [word for word in _PASSWORDS if is_program(word)]
    below = frozenset().union(*public_words._TREE.values())
    assert below & set(_PASSWORDS) == _SUBCOMMANDS


def test_no_program_is_listed_twice() -> None:
    tables = (public_words._PROGRAMS, public_words._EVERYDAY)
    plain = (public_words._PLAIN, public_words._EVERYDAY_PLAIN)
    lines = [line for table in tables for line in table.strip().splitlines()]
    names = [line.partition(": ")[0] for line in lines if line[0] != " "]
    names += [name for table in plain for name in table.split()]
    assert len(names) == len(set(names))
