"""Pipelines with their varying parts folded."""

from __future__ import annotations

import pytest

from homelab.habits.commands import pipelines
from homelab.habits.fold import SHELL_ONLY, UNKNOWN, Folded, folded, kind

HERE = frozenset(("mytool",))  # programs of this host that are in no public list
OWN = frozenset(("nas-sync",))  # scripts of its own verbs


def fold(text: str) -> Folded:
    (pipeline,) = pipelines(text)
    made = folded(pipeline, HERE, OWN)
    assert isinstance(made, Folded), made
    return made


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("docker logs -f plex", "docker logs -f NAME"),
        ("docker logs -f --tail 100 plex", "docker logs -f --tail NUMBER NAME"),
        ("docker logs --tail=100 plex", "docker logs --tail=NUMBER NAME"),
        ("sudo docker ps -a", "sudo docker ps -a"),
        ("FOO=bar sudo -u me env A=b docker ps", "sudo -u NAME docker ps"),
        ("sudo -iu postgres psql -l", "sudo -iu NAME psql -l"),
        ("time docker ps", "docker ps"),
        ("sudo sh -c 'zpool scrub tank'", "sudo zpool scrub NAME"),
        ("sh -c 'a && b'", "sh -c TEXT"),
        ("timeout 5 docker ps", "docker ps"),
        ("docker compose -f /srv/x.yml up -d a b", "docker compose -f PATH up -d NAME NAME"),
        ("docker ps | grep plex", "docker ps | grep TEXT"),
        ("docker ps | less", "docker ps"),
        ("journalctl -fu nginx", "journalctl -fu NAME"),
        ("journalctl -n50", "journalctl -nNUMBER"),
        ("tail -50 /var/log/x", "tail -NUMBER PATH"),
        ("systemctl --user restart x.service", "systemctl --user restart NAME"),
        ("ssh -p 2222 root@nas", "ssh -p NUMBER HOST"),
        ("ssh nas 'zpool status -v tank'", "ssh HOST zpool status -v NAME"),
        ("ssh nas sudo zpool status", "ssh HOST sudo zpool status"),
        ("ssh nas$i zpool status", "ssh HOST zpool status"),
        ("ssh -tp 2222 nas zpool list", "ssh -tp NUMBER HOST zpool list"),
        ("watch -dn 5 zpool status", "watch -dn NUMBER zpool status"),
        ("ssh nas correct-horse", "ssh HOST TEXT"),
        ("ssh nas 'a && b'", "ssh HOST TEXT"),
        ("watch -n 5 docker ps", "watch -n NUMBER docker ps"),
        ("docker exec -it plex df -h", "docker exec -it NAME df -h"),
        ("docker exec -e A=b -it plex df", "docker exec -e NAME -it NAME df"),
        ("ping 192.168.1.1", "ping HOST"),
        ("ping nas.lan", "ping HOST"),
        ("curl -sSL https://nas.lan/x?y", "curl -sSL URL"),
        ("rsync -avz /a nas:/b", "rsync -avz PATH PATH"),
        ("./deploy.sh prod", "deploy.sh NAME"),
        ("/etc/init.d/nginx restart", "nginx NAME"),
        ("/usr/bin/docker ps", "docker ps"),
        ("./my-own-thing.sh prod", "SCRIPT NAME"),
        ("bash /root/update.sh", "bash update.sh"),
        ("bash /root/frobnicate.sh", "bash SCRIPT"),
        ("/srv/nas-sync now", "nas-sync NAME"),
        ("mytool deploy prod", "mytool deploy NAME"),
        ("mytool swordfish", "mytool NAME"),
        ("mytool -pswordfish --Tr0ub4dor", "mytool -OPTION -OPTION"),
        ("git -C /x pull", "git -C PATH pull"),
        ("apt install -y a b c", "apt install -y NAME NAME NAME"),
        ("pg_dump app > app.sql", "pg_dump NAME > PATH"),
        ("docker logs x 2>&1 | grep y", "docker logs NAME 2>&1 | grep TEXT"),
        ("docker exec -i db mysql app < x.sql", "docker exec -i NAME mysql NAME < PATH"),
        ("ip -4 a", "ip -4 a"),
        ("ps aux", "ps aux"),
        ("service nginx restart", "service NAME restart"),
        ("curl -X POST https://x -d y", "curl -X POST URL -d NAME"),
        ("docker pull lscr.io/x/y:1", "docker pull NAME"),
        ("zfs rollback tank@a", "zfs rollback NAME"),
        ("gpg --passphrase --lantern-orbit-velvet x", "gpg --passphrase -OPTION NAME"),
        ("^docker ps", "docker ps"),  # nushell
        ("\\docker ps", "docker ps"),  # an alias passed over
        ("docker restart $name", "docker restart NAME"),
        ("docker restart $(docker ps -q)", "docker restart NAME..."),
        ("du -sh /srv/*", "du -sh PATH..."),
        ("find /srv -name '*.log'", "find PATH -name PATH"),
        ("echo 48151623>/srv/x", "echo NUMBER > PATH"),
        ("docker logs x 481516>/dev/null", "docker logs NAME NUMBER >/dev/null"),
        ("docker logs x >&48151623", "docker logs NAME > PATH 2>&1"),
        ("docker logs x 2>&48151623", "docker logs NAME 2>& PATH"),
        ("docker logs x &> y", "docker logs NAME > PATH 2>&1"),
        ("docker logs x |& grep y", "docker logs NAME 2>&1 | grep TEXT"),
        ("ssh nas 'zpool list > /x'", "ssh HOST TEXT"),
        ("ssh nas 'find /srv -exec rm {} \\;'", "ssh HOST TEXT"),
        ("sudo sh -c 'zpool status > /root/x'", "sudo sh -c TEXT"),
    ],
)
def test_a_command_is_shown_by_its_pattern(text: str, pattern: str) -> None:
    assert fold(text).pattern == pattern


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("docker logs -f plex", "docker logs sonarr -f"),
        ("ls -la", "ls -al"),
        ("ls -la", "ls -l -a"),
        ("journalctl -fu nginx", "journalctl -u loki -f"),
        ("tail -f -n 5 /a", "tail -n 9 -f /b"),
        ("docker stop a", "docker stop a b"),
        ("docker ps", "sudo docker ps | less"),
        ("docker logs --tail 100 plex", "docker logs --tail=9 x"),
        ("docker logs -n5 plex", "docker logs --tail 100 plex"),
        ("kubectl -n media logs -f x", "kubectl logs -f x --namespace media"),
        ("ss -tulpn", "ss -tulnp"),
        ("docker-compose up -d", "docker compose up -d"),
        ("docker ps", "docker ps 2>/dev/null"),
        ("pg_dump app", "pg_dump app > x"),
    ],
)
def test_the_same_command_in_another_order_is_in_one_group(one: str, other: str) -> None:
    assert fold(one).key == fold(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("docker start a", "docker stop a"),
        ("docker ps", "docker ps -a"),
        ("docker ps", "docker ps | grep a"),
        ("ssh nas zpool status", "ssh nas zpool list"),
    ],
)
def test_another_command_is_in_another_group(one: str, other: str) -> None:
    assert fold(one).key != fold(other).key


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cd /srv", SHELL_ONLY),
        ("export EDITOR=vim", SHELL_ONLY),
        ("EDITOR=vim", SHELL_ONLY),
        ("sudo -i", SHELL_ONLY),
        ("history | grep x", SHELL_ONLY),
        ("env | grep x", SHELL_ONLY),
        ("homelab host status", SHELL_ONLY),
        ("nas-sync now", UNKNOWN),  # the script of an own verb, which is not in PATH
        ("hunter2", UNKNOWN),
        ("dcup plex", UNKNOWN),
        ("docker ps | swordfish", UNKNOWN),
    ],
)
def test_what_is_in_no_group_has_a_reason(text: str, reason: str) -> None:
    (pipeline,) = pipelines(text)
    assert folded(pipeline, HERE, OWN) == reason


def test_values_are_the_folded_words_and_uses_the_public_ones() -> None:
    made = fold("ssh root@nas 'zpool status tank'")
    assert (made.values, made.uses) == (["root@nas", "tank"], ["ssh", "zpool status"])
    assert not made.everyday
    assert fold("vim x.yml").everyday
    assert fold("cat x | grep y").everyday
    assert fold("python3 -m venv x").everyday
    assert not fold("python3 report.py").everyday
    assert not fold("docker ps | grep y").everyday


def test_what_a_pattern_leaves_out_is_known() -> None:
    assert fold("FOO=bar timeout 5 docker ps").left_out == {"variables", "timeout"}
    assert fold("mysql x <<< 'select 1'").left_out == {"the text that is fed to it"}
    assert fold("sudo docker ps").left_out == set()
    assert fold("./deploy.sh").by_path
    assert fold("bash deploy.sh").by_path
    assert not fold("/usr/bin/docker ps").by_path


@pytest.mark.parametrize("text", ["zpool " + ":" * 4000 + "x", "zpool " + "1:" * 2000, "a" * 4096])
def test_no_word_takes_long(text: str) -> None:
    (pipeline,) = pipelines(text)
    folded(pipeline, HERE)


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("plex", "NAME"),
        ("100", "NUMBER"),
        ("10G", "NUMBER"),
        ("+3", "NUMBER"),
        ("/etc/x", "PATH"),
        ("~/x", "PATH"),
        ("*.log", "PATH"),
        ("x.yml", "PATH"),
        (".", "PATH"),
        ("a b", "TEXT"),
        ("", "TEXT"),
        ("https://x", "URL"),
        ("me@nas", "HOST"),
        ("192.168.1.9:80", "HOST"),
        ("fe80::1", "HOST"),
        ("é", "NAME"),
        ("\udcff", "NAME"),
    ],
)
def test_a_varying_word_is_shown_as_what_it_is(word: str, right: str) -> None:
    assert kind("", word) == right
