"""Lists of hosts for `self push --from`, and other files that look like one."""

from __future__ import annotations

import pytest
from support.world import World

from homelab.remote.hosts import listed, wrong

INVENTORY = """# the lab
nas   ; the disks
[lab]
pve1 ansible_host=10.0.0.5 ansible_user=root
pve2  # in the cellar

[lab:vars]
ansible_user=root
ntp = pool.ntp.org
[all:children]
lab
[web:hosts]  ; a comment
web1
"""


def names(text: str) -> list[str]:
    return [name for _, name in listed(text).names]


def test_an_inventory_in_ini_is_its_hosts() -> None:
    """C24: variables and groups of groups are not hosts; a message names the unused ones."""
    hosts = listed(INVENTORY)
    assert hosts.names == [(2, "nas"), (4, "pve1"), (5, "pve2"), (13, "web1")]
    assert hosts.ignored == ["ansible_host", "ansible_user"]


def test_an_ssh_config_gives_the_names_after_host() -> None:
    """C24"""
    assert names("Compression yes\nHost nas pve1\n  User root\nHost *.lan !x\n") == ["nas", "pve1"]


def test_a_plain_list_is_read_as_before() -> None:
    text = "nas\r\n10.0.0.5 pve1.lan pve1\n; no\n# no\n\nroot@pi x=y\nfd00::7\n"
    assert names(text) == ["nas", "10.0.0.5", "root@pi", "fd00::7"]
    assert listed(text).ignored == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\nall:\n  hosts:\n", "line 1: YAML and JSON"),
        ("# the lab\nall:\n  hosts:\n    nas:\n", "line 2: YAML and JSON"),
        ('{\n "all": {"hosts": ["nas"]}}\n', "line 1: YAML and JSON"),
        ("lab: {hosts: {nas: }}\n", "line 1: YAML and JSON"),
        ("- nas\n- pve1\n", "line 1: YAML and JSON"),
        ("[lab]\nweb[01:03]\n", "line 2: ranges like web[01:03] can't be read"),
        ("[lab\nnas\n", "line 1: neither a host nor a section"),
        ("nas\n[lab:other]\n", "line 2: neither a host nor a section"),
        ("[nas]:2222 ssh-rsa AAAA\n", "line 1: neither a host nor a section"),
    ],
)
def test_a_file_of_another_kind_is_refused(text: str, why: str) -> None:
    """C24: nothing in it is taken for a host."""
    with pytest.raises(ValueError, match="line") as error:
        listed(text)
    assert str(error.value).startswith(why)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ansible_user=root", "it is a variable (NAME=VALUE)"),
        ("nas,10.0.0.5", "it has a comma; put each host on a line of its own"),
        ("nas:2222", "it has a port; ssh takes that from Port in ~/.ssh/config"),
        ("root@nas:22", "it has a port; ssh takes that from Port in ~/.ssh/config"),
        ("nas:", "it ends with a colon"),
        ("fd00::", ""),
        ("fd00::7", ""),
        ("root@fd00::7", ""),
        ("ssh://nas:22", ""),
        ("ssh://root@nas:22", ""),
        ("ssh://[fd00::7]:22", ""),
        ("ssh://-oX=y", "it begins with a dash"),
        ("ssh://-oX@nas", "it begins with a dash"),
        ("ssh://root@-oX", "its host begins with a dash"),
        ("ssh://", "there is no host name"),
        ("[fd00::7]:22", "it has a port; ssh takes that from Port in ~/.ssh/config"),
        ("user:S3CRET@nas", "not a name that ssh takes; write HOST or USER@HOST"),
        ("ssh://u:S3CRET@nas", "not a name that ssh takes; write HOST or USER@HOST"),
        (
            "https://nas.lan/hook/S3CRET",
            "not a name that ssh takes; write HOST or USER@HOST",
        ),
        ("10.0.0.0/24", "not a name that ssh takes; write HOST or USER@HOST"),
        ("nas?", "it has a character that no host name has"),
    ],
)
def test_invalid_host_names_are_not_passed_to_ssh(name: str, why: str) -> None:
    """C24"""
    assert wrong(name) == why


def test_the_verb_names_the_line_and_the_ignored_variables(world: World) -> None:
    """C24: the verb prints one sentence, before it asks any host."""
    path = world.folder / "inventory.ini"
    path.write_text("[lab]\nnas ansible_port=22\nansible_user=root\n")
    done = world.run("self", "hosts", "--from", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[:2] == [
        (
            f"homelab: --from: {path}: ansible_port, ansible_user ignored: ssh only gets the host"
            " name; set HostName, User and Port in ~/.ssh/config"
        ),
        "homelab: line 3: its first word is not a host: it is a variable (NAME=VALUE)",
    ]
    path.write_text("---\nall:\n")
    done = world.run("self", "push", "--from", str(path))
    assert done.returncode == 2
    assert done.stderr == (
        f"homelab: --from: {path}: line 1: YAML and JSON can't be read here; write one host per"
        " line, or use an inventory in INI\n"
    )
