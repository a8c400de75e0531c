"""Finding the packages of a program, in recorded text of each package manager."""

from __future__ import annotations

import pytest

from homelab.packages import commands

# from Ubuntu's archive (dists/jammy/main/cnf/Commands-amd64), a few stanzas of many
MAIN = """\
suite: jammy
component: main
arch: amd64

name: bind9-dnsutils
version: 1:9.18.1-1ubuntu1
commands: delv,dig,mdig,nslookup,nsupdate

name: python3.10-minimal
version: 3.10.4-3
visible-pkgname: python3.10
commands: python3.10

name: mailutils
version: 1:3.14-1
priority-bonus: 5
commands: dotlock.mailutils,frm.mailutils,mail

name: bsd-mailx
version: 8.1.2
commands: Mail,bsd-mailx,mail,mailx

name: zfsutils-linux
version: 2.1.2-1ubuntu3
ignore-commands: zpool-old
commands: arc_summary,zfs,zpool,zpool-old,zpool_influxdb
"""
UNIVERSE = MAIN[:29].replace("main", "universe") + "\nname: zfs-fuse\ncommands: zpool,zfs\n"
# from Debian's archive (dists/bookworm/main/Contents-amd64); apt-file fetches it
CONTENTS = """\
sbin/zpool                                              otherosfs/zfs-fuse
sbin/zpool                                              contrib/admin/zfsutils-linux
usr/bin/docker                                          admin/podman-docker,admin/docker.io
usr/bin/docker-x                                        admin/other
usr/lib/mon/bin/smartctl                                admin/mon
usr/sbin/smartctl\tutils/smartmontools
opt/tool/bin/run                                        misc/tool
"""
# apt 2.6
POLICY = """\
jq:
  Installed: (none)
  Candidate: 1.6-2.1+deb12u1
  Version table:
     1.6-2.1+deb12u1 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
tar:
  Installed: 1.34+dfsg-1.2
  Candidate: 1.34+dfsg-1.2
  Version table:
 *** 1.34+dfsg-1.2 100
        100 /var/lib/dpkg/status
gone:
  Installed: (none)
  Candidate: (none)
  Version table:
"""


def test_a_commands_list_tells_the_packages_of_a_program() -> None:
    assert commands.in_commands(MAIN, "zpool") == [(120, "zfsutils-linux")]
    assert commands.in_commands(MAIN, "dig") == [(120, "bind9-dnsutils")]
    assert commands.in_commands(MAIN, "zpool_influxdb") == [(120, "zfsutils-linux")]
    assert commands.in_commands(MAIN, "python3.10") == [(120, "python3.10")]  # the visible one
    assert commands.in_commands(MAIN, "mail") == [(125, "mailutils"), (120, "bsd-mailx")]
    for program in ("pool", "zpo", "zpool-old", "main", "zfsutils-linux", "nosuch"):
        assert commands.in_commands(MAIN, program) == []
    backports = MAIN.replace("jammy", "jammy-backports")
    assert commands.in_commands(backports, "zpool") == []


def test_the_package_of_the_preferred_component_comes_first() -> None:
    found = commands.in_commands(UNIVERSE, "zpool") + commands.in_commands(MAIN, "zpool")
    assert commands.best(found, "zpool") == ("zfsutils-linux", "zfs-fuse")


@pytest.mark.parametrize(
    ("program", "packages"),
    [
        ("docker", ("docker.io", "podman-docker")),  # named after the program
        ("zpool", ("zfs-fuse", "zfsutils-linux")),  # main before contrib
        ("smartctl", ("smartmontools",)),  # not mon: its program is in no usual folder
        ("/usr/sbin/smartctl", ("smartmontools",)),
        ("/sbin/smartctl", ("smartmontools",)),  # now a link to /usr/sbin
        ("/usr/bin/smartctl", ()),
        ("/opt/tool/bin/run", ("tool",)),
        ("run", ()),
        ("", ()),
        ("/", ()),
    ],
)
def test_a_contents_list_tells_the_packages_of_a_file(
    program: str, packages: tuple[str, ...]
) -> None:
    assert commands.best(commands.in_contents(CONTENTS, program), program) == packages


def test_packages_that_apts_policy_can_install() -> None:
    assert commands.in_policy(POLICY) == ["jq"]


def test_answers_of_dnf_apk_and_pacman_are_names_a_line() -> None:
    assert commands.names("\nzfs\n\nzfs\n") == ["zfs"]  # dnf 4.14
    assert commands.names("extra/zfs-utils\narchzfs/zfs-utils\n") == ["zfs-utils"]  # pacman 6
    assert commands.names("bind-tools\n") == ["bind-tools"]
    assert commands.names("warning: database file for 'core' does not exist\n") == []


@pytest.mark.parametrize("name", ["", "-y", "a b", "a;b", "$(x)", "\x1b[31m", "x" * 200, "a\n"])
def test_nothing_that_a_shell_would_act_on_is_the_name_of_a_package(name: str) -> None:
    assert not commands.is_name(name)
    assert commands.best([(1, name)], "x") == ()


def test_a_program_in_an_unusual_folder_is_looked_for_by_its_path_alone() -> None:
    assert commands.name_of("/usr/sbin/zpool") == commands.name_of("zpool") == "zpool"
    assert commands.name_of("/usr/local/bin/zpool") == ""  # no package has it there
    assert commands.files_of("/usr/local/bin/x") == ["usr/local/bin/x"]
    assert commands.files_of("tools/x") == []


def test_each_well_known_program_has_one_package_of_another_name() -> None:
    table = [line.split(": ") for line in commands._NAMED_OTHERWISE.strip().split("\n")]
    packages = [package for package, _ in table]
    assert packages == sorted(set(packages))
    programs = [program for _, programs in table for program in programs.split()]
    assert len(programs) == len(set(programs))
    assert not set(programs) & set(packages)
    assert all(map(commands.is_name, programs + packages))
    assert commands.usual("zpool") == commands.usual("/sbin/zpool") == "zfsutils-linux"
    assert [commands.usual(each) for each in ("jq", "", "/opt/zpool", "/", ":")] == [""] * 5
