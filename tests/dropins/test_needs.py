"""A program that a script names in `Needs:` and that is missing is reported before it runs."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from support.world import World

from homelab.context import Context
from homelab.dispatch import Run, choose
from homelab.dropins import declared, lint, listing, needs
from homelab.dropins.dropin import Dropin, VerbFolder
from homelab.dropins.find import find
from homelab.dropins.listing import Listed
from homelab.dropins.needs import Missing
from homelab.errors import Failure
from homelab.packages.provides import Offer
from homelab.system import foreground, ownership
from homelab.verbs import BUILT_IN


@pytest.fixture
def script(tmp_path: Path) -> Dropin:
    """A script `nas df` whose folder has a program `beside` and a text `list.txt`."""
    path = tmp_path / "verbs/nas/df"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    for folder, name in (
        ("bin", "there"),
        ("bin", "versioned3"),
        ("sbin", "zpool"),
        ("verbs/nas", "beside"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text("#!/bin/sh\n")
        (tmp_path / folder / name).chmod(0o755)
    (tmp_path / "verbs/nas/list.txt").write_text("words\n")
    (tmp_path / "bin/folder").mkdir()
    (tmp_path / "bin/plain").write_text("#!/bin/sh\n")
    return Dropin(("nas", "df"), [str(path)], VerbFolder(str(tmp_path / "verbs"), True))


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(needs, "_SBIN", (f"{tmp_path}/sbin",))
    return {"PATH": f"/nosuch:{tmp_path}/bin", "HOME": str(tmp_path)}


def test_what_is_in_path_or_at_its_path_is_there(
    script: Dropin, env: dict[str, str], tmp_path: Path
) -> None:
    """A path may name a text or a device, and may start at the script's own folder."""
    words = [
        "there",
        "There",
        "Versioned",
        "versioned",  # like python for python3
        f"{tmp_path}/bin/there",
        "~/bin/there",
        "./beside",
        "../nas/beside",
    ]
    words += ["./list.txt", "/dev/null"]
    assert needs.missing(words, env, script) == []


def test_an_interpreter_has_its_exact_name(script: Dropin, env: dict[str, str]) -> None:
    """`env python` does not start python3."""
    assert needs.missing(["versioned"], env, script) == []
    assert [each.program for each in needs.missing(["versioned", "There"], env)] == [
        "versioned", "There",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("nosuch", "nosuch, which is not in PATH"),
        ("folder", "folder, which is not in PATH"),
        ("plain", "{0}/bin/plain, which is not executable"),
        ("zpool", "zpool: zpool is in {0}/sbin, which is not in PATH"),
        ("Zpool", "Zpool: Zpool is in {0}/sbin, which is not in PATH"),
        ("/nosuch/zpool", "/nosuch/zpool, which is not on this host"),
        ("./nosuch", "./nosuch, which is not on this host"),
        ("~/bin/nosuch", "~/bin/nosuch, which is not on this host"),
        ("{0}/bin/plain", "{0}/bin/plain, which is not executable"),
    ],
)
def test_each_missing_program_has_its_reason(
    program: str, said: str, script: Dropin, env: dict[str, str], tmp_path: Path
) -> None:
    found = needs.missing([program.format(tmp_path)], env, script)
    assert [each.said() for each in found] == [said.format(tmp_path)]


@pytest.mark.parametrize(
    "line",
    [
        'export PATH="{0}/sbin:$PATH"',
        "PATH={0}/sbin",
        "PATH+=:{0}/sbin",
        "  PATH=~/sbin:$PATH run",
        'PATH="${{HOME}}/sbin:$PATH"',
        "PATH=$(brew --prefix)/bin:$PATH",  # can't be decided
        "set -gx PATH /x $PATH",
        'os.environ["PATH"] = "/x"',
        "path+=(/x)",
        ". /etc/profile",
        'source "$HOME/.venv/bin/activate"',
        "{0}/sbin/zpool list",
        "sudo zpool list",
        'out="$(sudo -n zpool list)"',
    ],
)
def test_a_script_that_finds_the_program_in_its_own_way_runs(
    line: str, script: Dropin, env: dict[str, str], tmp_path: Path
) -> None:
    Path(script.path).write_text(f"#!/bin/sh\n{line.format(tmp_path)}\n")
    assert needs.missing(["zpool"], env, script) == []


@pytest.mark.parametrize(
    "line",
    [
        "# sudo zpool",
        "MYPATH={0}/sbin",
        "PATH=/nosuch:$PATH",
        "export PATH",
        "echo $PATH",
        ". ./lib.sh",
    ],
)
def test_a_script_that_does_not_find_the_program_is_told_of(
    line: str, script: Dropin, env: dict[str, str], tmp_path: Path
) -> None:
    Path(script.path).write_text(f"#!/bin/sh\n{line.format(tmp_path)}\n")
    assert len(needs.missing(["zpool"], env, script)) == 1


@pytest.mark.parametrize(
    ("program", "fix"),
    [
        ("nosuch", "install nosuch"),
        ("zpool", "run it with PATH=$PATH:{0}/sbin"),
        ("plain", "chmod +x {0}/bin/plain"),
        ("/nosuch/x", "put it there"),
    ],
)
def test_each_missing_program_has_the_advice_that_helps(
    program: str, fix: str, script: Dropin, env: dict[str, str], tmp_path: Path
) -> None:
    (lacking,) = needs.missing([program], env, script)
    assert lacking.fix() == fix.format(tmp_path)


def test_a_check_asks_once_which_packages_the_missing_programs_are_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[list[str]] = []

    def known(names: list[str]) -> tuple[set[str], dict[str, Offer]]:
        questions.append(names)
        return {"python3-nosuch"}, {"nosuch-zpool": Offer("apt", ("zfsutils-linux", "zfs"))}

    monkeypatch.setattr(needs, "in_packages", known)
    folder = VerbFolder(str(world.verbs), True)
    problems = []
    for name in ("a", "b"):
        more = "# Needs: python3-nosuch nosuch-x /nosuch/y\n"
        path = world.dropin(name, NEEDS.replace("echo ran\n", more))
        listed = Listed(Dropin((name,), [str(path)], folder), listing.RUNS)
        problems += lint.problems(listed, world.env, lambda word: True)
    left = lint.with_packages(problems)
    assert questions == [["nosuch-zpool", "python3-nosuch", "nosuch-x"]]
    fixes = ["apt install zfsutils-linux", "install nosuch-x", "put it there"]
    assert [each.fix for each in left if each.level == "warning"] == [*fixes, *fixes]


def _lacking(text: str) -> list[Missing]:
    kinds = {"f": needs.NO_FILE, "x": needs.NOT_EXECUTABLE, "s": needs.ELSEWHERE}
    pairs = (word.partition(":") for word in text.split())
    return [
        Missing(name, kinds.get(kind, needs.NO_PROGRAM), "/usr/sbin" if kind == "s" else "")
        for name, _, kind in pairs
    ]


OFFERS = {
    "zpool": Offer("apt", ("zfsutils-linux", "zfs-fuse")),
    "zfs": Offer("apt", ("zfs-fuse", "zfsutils-linux")),
    "smartctl": Offer("apt", ("smartmontools",)),
    "/sbin/mdadm": Offer("apt", ("mdadm",)),
    "jq": Offer("apt", ("jq",), certain=False),
    "nc": Offer("apt", ("nc",), certain=False),
}


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ("smartctl", "smartctl, which is not in PATH; on this host: apt install smartmontools"),
        (
            "zpool",
            "zpool, which is not in PATH; on this host: apt install zfsutils-linux (or zfs-fuse)",
        ),
        (
            "zpool smartctl zfs",
            ("zpool, smartctl and zfs, which are not in PATH; on this host: apt install"
            " zfsutils-linux smartmontools"),
        ),
        ("x", "x, which is not in PATH; install it"),
        ("/a:f", "/a, which is not on this host; put it there"),
        ("/a:f x", "x, which is not in PATH, and /a, which is not on this host; install them"),
        ("x y", "x and y, which are not in PATH; install them"),
        ("jq", "jq, which is not in PATH; apt has a package of that name: apt install jq"),
        (
            "jq nc smartctl",
            ("jq, nc and smartctl, which are not in PATH; for smartctl: apt install smartmontools;"
            " apt has packages of these names for jq and nc: apt install jq nc"),
        ),
        (
            "smartctl x",
            ("smartctl and x, which are not in PATH; for smartctl: apt install smartmontools;"
            " install x by hand: no package for it is known here"),
        ),
        (
            "/sbin/mdadm:f smartctl",
            ("smartctl, which is not in PATH, and /sbin/mdadm, which is not on this host;"
            " on this host: apt install mdadm smartmontools"),
        ),
        (
            "zpool:s",
            "zpool: zpool is in /usr/sbin, which is not in PATH; run it with PATH=$PATH:/usr/sbin",
        ),
        ("/a:x /b:x", "/a and /b, which are not executable; chmod +x /a /b"),
        (
            "a b c d e f g",
            "a, b, c, d, e and 2 more, which are not in PATH; install them",
        ),
    ],
)  # fmt: skip
def test_one_sentence_says_what_is_missing_and_what_helps(lacking: str, sentence: str) -> None:
    assert needs.sentence("nas df", _lacking(lacking), OFFERS) == f"'nas df' needs {sentence}"


def test_a_name_that_has_no_end_is_cut_and_shown_plain() -> None:
    said = needs.sentence("x", [Missing("y\x1b" + "z" * 900, needs.NO_PROGRAM)], {})
    assert len(said) < 200
    assert said.isprintable()


NEEDS = "#!/bin/sh\n# Summary: free space\n# Needs: sh nosuch-zpool\necho ran\n"


@pytest.mark.needs("apt-config", "apt-cache")
def test_a_script_whose_program_is_missing_does_not_start(world: World) -> None:
    lists = world.folder / "lists"
    lists.mkdir()
    (lists / "x_cnf_Commands-all").write_text(
        "suite: x\ncomponent: main\n\nname: zfsutils-linux\ncommands: zfs,nosuch-zpool\n"
    )
    settings = world.folder / "apt.conf"
    settings.write_text(f'Dir::State::lists "{lists}/"; Dir::Etc::parts "none";')
    world.dropin("nas/df", NEEDS)
    done = world.run("nas", "df", APT_CONFIG=str(settings))
    assert (done.returncode, done.stdout) == (69, "")
    assert done.stderr == (
        "homelab: 'nas df' needs nosuch-zpool, which is not in PATH; on this host: apt install"
        " zfsutils-linux\n"
    )
    again = world.run("verbs", "run", "nas", "df", APT_CONFIG=str(settings))
    assert (again.returncode, again.stdout, again.stderr) == (69, "", done.stderr)
    assert world.events() == [
        "exit=69 ver=0.6.0 verb=(own) nas df",
        "exit=69 ver=0.6.0 verb=verbs run",
    ]
    assert world.run("nas", "df", "--help").returncode == 0
    world.dropin("bin/nosuch-zpool", "#!/bin/sh\n")
    assert world.run("nas", "df", PATH=f"{world.verbs}/bin:{world.env['PATH']}").stdout == "ran\n"


@pytest.mark.needs("dpkg-query")
def test_an_installed_package_is_there_as_a_program_is(world: World) -> None:
    """A name that is neither a program nor a package is still reported."""
    path = world.dropin("x", "#!/bin/sh\n")
    script = Dropin(("x",), [str(path)], VerbFolder(str(world.verbs), True))
    needs.require(script, ["base-files", "sh"], world.env, {})
    with pytest.raises(Failure, match=r"^'x' needs nosuch-package, which is not in PATH; "):
        needs.require(script, ["base-files", "nosuch-package"], world.env, {})


def test_a_product_is_missing_only_if_a_package_is_known_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from homelab.packages import provides

    path = world.dropin("x", "#!/bin/sh\n")
    script = Dropin(("x",), [str(path)], VerbFolder(str(world.verbs), True))
    known: dict[str, Offer] = {}
    monkeypatch.setattr(needs, "_SBIN", ())
    monkeypatch.setattr(provides, "offers", lambda host, names, seconds: known)
    monkeypatch.setattr(provides, "installed", lambda host, names: set())
    needs.require(script, ["NoSuchProduct"], world.env, {})
    with pytest.raises(Failure, match="needs ZFS, which is not in PATH; install it"):
        needs.require(script, ["ZFS"], {"PATH": "/nosuch"}, {})
    known["nosuchproduct"] = Offer("apt", ("nosuchproduct",))
    with pytest.raises(Failure, match=r"NoSuchProduct.*: apt install nosuchproduct$"):
        needs.require(script, ["NoSuchProduct"], world.env, {})


def _chosen(world: World, *words: str) -> int:
    """The exit code of a script in the system's folder, run in this process."""
    context = Context(
        list(words), {**world.env, "HOMELAB_TELEMETRY": "0"}, io.StringIO(), io.StringIO(),
        BUILT_IN, system_settings="/nosuch", system_verbs=str(world.folder / "system"),
    )  # fmt: skip
    try:
        return choose(context, Run())()
    except Failure as failure:
        return failure.code


@pytest.fixture
def no_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "in_packages", lambda names: (set(), {}))


@pytest.mark.usefixtures("no_offers")
def test_a_verb_of_the_systems_folder_is_checked_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Run, "counted", lambda self, label: None)
    # a test worker has other threads, which do not allow waiting for a child's signal
    monkeypatch.setattr(foreground, "run", lambda path, words, env: 0)
    path = world.folder / "system/x"
    path.parent.mkdir()
    path.write_text(NEEDS)
    path.chmod(0o755)
    assert _chosen(world, "x") == 69
    beside = world.folder / "system/x.verb"  # the counted word is that of the script
    beside.write_text("Summary: free space\n")
    assert _chosen(world, "x") == 0
    beside.write_text("Needs: nosuch\n")
    assert _chosen(world, "x") == 69
    path.chmod(0o644)  # a refusal comes first
    assert _chosen(world, "x") == 126


@pytest.mark.usefixtures("no_offers")
@pytest.mark.parametrize("mode", [0o777, 0o755])
def test_what_another_account_can_change_declares_nothing(mode: int, script: Dropin) -> None:
    Path(script.path).write_text(NEEDS + "# Counts-as: backup\n")
    os.chmod(script.path, mode)
    expected = () if mode == 0o777 else ("sh", "nosuch-zpool")
    assert declared.read(script, {}).needs == expected


@pytest.mark.parametrize(
    ("text", "counts_as", "named"),
    [
        ("# Needs: a-b\n# Counts-as: backup\n", "backup", ("a-b",)),
        ("# NEEDS  :\tx\n", "", ("x",)),
        ("# it needs a lot: of words\n", "", ()),
        ("echo\n# Needs: x\n", "", ()),  # not in the first comment block
        ("# Needs: x\n\0", "", ()),  # a compiled program, whose text is not read
        ("", "", ()),
    ],
)
def test_a_header_declares_its_word_and_its_programs(
    text: str, counts_as: str, named: tuple[str, ...], script: Dropin
) -> None:
    Path(script.path).write_text(f"#!/bin/sh\n{text}")
    said = declared.read(script)
    assert (said.counts_as, said.needs) == (counts_as, named)


def test_the_head_of_a_script_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single read serves its word, its programs, and the check of its interpreter."""
    from homelab.dropins import start

    path = world.dropin("x", "#!/bin/sh\n# Needs: sh\n# Counts-as: backup\n")
    dropin = find(["x"], [VerbFolder(str(world.verbs), True)])[0]
    assert dropin
    opened: list[str] = []
    really, plain = ownership.opened, os.open

    def trusted(path: str, *rest: object, **named: object) -> int:
        opened.append(path)
        return really(path, *rest, **named)  # type: ignore[arg-type]

    def noted(path: str, *rest: object, **named: object) -> int:
        if str(path).endswith("/x"):
            opened.append(path)
        return plain(path, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(ownership, "opened", trusted)
    monkeypatch.setattr(os, "open", noted)
    said = declared.read(dropin, {})
    assert (said.counts_as, said.needs) == ("backup", ("sh",))
    needs.require(dropin, said.needs, world.env, {})
    assert start.problem(dropin, {}) is None
    assert [each for each in opened if each == str(path)] == [str(path)]
