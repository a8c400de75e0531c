"""Groups of hosts in the settings: `@NAME` on the command line and in lists."""

from __future__ import annotations

import pytest
from support.world import World

from homelab.errors import Failure
from homelab.remote.groups import Groups
from homelab.settings import entries

pytestmark = pytest.mark.quick("computes, and runs once")


def _hosts(text: str, name: str) -> list[str]:
    return Groups(entries(f"[groups]\n{text}", "config.ini").get("groups", [])).hosts(name)


def test_a_group_has_its_hosts_and_those_of_its_groups_once() -> None:
    text = "lab = pve1 @disks root@pve2\ndisks = nas pve1\ndisks = nas2\nall = @lab @disks\n"
    assert _hosts(text, "all") == ["pve1", "nas", "nas2", "root@pve2"]
    assert _hosts(text, "disks") == ["nas", "pve1", "nas2"]


RANGES = "ranges like web[01:03] can't be read; write each host as a word of its own"
GROUP = "a group can't contain itself: "


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("lab =", "2: the group 'lab' has no hosts"),
        ("lab = nas @b\nb = @lab", f"3: {GROUP}@lab → @b → @lab"),
        ("lab = @lab", f"2: {GROUP}@lab → @lab"),
        ("lab = @nsa\nnas = a", "2: no group 'nsa' (did you mean @nas?)"),
        ("lab = a -oX=y", "2: '-oX=y' is not a host: it begins with a dash"),
        (
            "lab = https://me:secret@nas",
            "2: a word is not a host: not a name that ssh takes; write HOST or USER@HOST",
        ),
        ("lab = @", "2: '@' is not a host: there is no host name"),
        (
            "lab = web[01:03]",
            f"2: 'web[01:03]' is not a host: {RANGES}",
        ),
        ("lab = a # b", "2: '#' is not a host: a comment needs a line of its own"),
    ],
)
def test_a_group_that_cannot_be_used_is_an_error_with_its_line(text: str, what: str) -> None:
    with pytest.raises(Failure) as failure:
        _hosts(text, "lab")
    assert failure.value.sentence == f"config.ini:{what}; fix or remove that line"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("lba = nas", "did you mean @lba?"),
        ("nas = nas\npi = pi", "the groups are nas, pi"),
        ("", "[groups] in the settings names none; a line there is NAME = HOST HOST"),
    ],
)
def test_an_unknown_group_is_an_error_with_a_suggestion(text: str, hint: str) -> None:
    with pytest.raises(Failure) as failure:
        _hosts(text, "lab")
    assert failure.value.sentence == f"no group 'lab'; {hint}"


def test_the_sign_of_a_group_may_be_in_its_line() -> None:
    assert _hosts("@lab = nas\nlab = pi\n", "lab") == ["nas", "pi"]


def test_groups_that_double_and_deep_chains_end_soon() -> None:
    doubling = "".join(f"g{at} = @g{at + 1} @g{at + 1}\n" for at in range(19)) + "g19 = nas\n"
    assert _hosts(doubling, "g0") == ["nas"]
    chain = "".join(f"g{at} = @g{at + 1}\n" for at in range(5000)) + "g5000 = nas\n"
    with pytest.raises(Failure, match=r"config\.ini:21: more than 20 groups inside each other"):
        _hosts(chain, "g0")


def test_self_push_takes_groups(world: World) -> None:
    world.settings("[groups]\nlab = pve1 nas\n")
    (world.folder / "hosts").write_text("nas\n@lab\npi\n")
    done = world.run("self", "push", "--dry-run", "--csv", "--from", "hosts", "@lab")
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == [
        "host",
        "pve1",
        "nas",
        "pi",
    ]
    done = world.run("self", "push", "--dry-run", "@lba")
    assert (done.returncode, done.stderr) == (2, "homelab: no group 'lba'; did you mean @lab?\n")
