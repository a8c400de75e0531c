"""The corpus, adopted as a git checkout: which file is which verb, what it prints, and that nothing
in the checkout is touched."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from support import corpus
from support.accounts import account
from support.corpus import ANY, KINDS, LOST, NOT, OK, REFUSED, Kind
from support.world import World

from homelab.dropins import kinds, names

pytestmark = pytest.mark.needs("git", "bash", "awk")

Row = dict[str, str]
Done = subprocess.CompletedProcess[str]


class Adopted(NamedTuple):
    """The results of adopting the checkout: the rows of the dry run, of the add and of `verbs`, the
    output of each verb, the checkout before and after, and the files written."""

    planned: dict[str, Row]
    added: dict[str, Row]
    verbs: dict[str, Row]
    done: dict[str, Done]
    screens: dict[str, str]
    before: dict[str, tuple[int, ...]]
    after: dict[str, tuple[int, ...]]
    status: str
    dry: list[str]
    written: list[str]
    removed: Done
    left: list[str]


class Host(NamedTuple):
    """An account that is not root, with its home and a copy of the built file that it can run. Root
    would add the verbs for every account of this host."""

    pyz: str
    home: Path
    start: Callable[..., Done]

    def run(self, *words: str) -> Done:
        return self.start(self.pyz, *words)

    def git(self, checkout: Path, *words: str) -> str:
        own = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(checkout))
        done = self.start("git", *own, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> list[str]:
        """The files below its data folder, which a verb wrote."""
        data = self.home / ".local/share"
        found = (path for path in data.rglob("*") if not path.is_dir())
        return sorted(os.path.relpath(path, data) for path in found)


@contextlib.contextmanager
def _host(pyz: str, folder: Path) -> Iterator[Host]:
    if os.geteuid() == 0:
        with account("corpus") as made:
            file = shutil.copy(pyz, made.home / "homelab.pyz")
            yield Host(str(file), made.home, made.run)
    else:
        world = World(pyz, folder)

        def start(*words: str) -> Done:
            return subprocess.run(
                words, env=world.env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=60, check=False,
            )  # fmt: skip

        yield Host(pyz, world.home, start)


def _snapshot(folder: Path) -> dict[str, tuple[int, ...]]:
    """Mode, size, mtime and ctime of each file and folder below a folder, without git's own."""
    found: dict[str, tuple[int, ...]] = {}
    for parent, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in [*folders, *files]:
            path = os.path.join(parent, name)
            status = os.lstat(path)
            found[os.path.relpath(path, folder)] = (
                status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns
            )  # fmt: skip
    return found


def _rows(done: Done, key: str) -> dict[str, Row]:
    assert done.stdout, done.stderr
    found: dict[str, Row] = {}
    for row in json.loads(done.stdout)["rows"]:
        found.setdefault(row[key], row)
    return found


@pytest.fixture(scope="module")
def adopted(pyz: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    """The adopted checkout, shared by all tests of this file, because running its verbs is slow."""
    with _host(pyz, tmp_path_factory.mktemp("corpus")) as host:
        checkout = host.home / "checkout"
        corpus.build(checkout)
        if os.geteuid() == 0:
            owner = host.home.stat()
            for path in (checkout, *checkout.rglob("*"), host.home / "outside.sh"):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        host.git(checkout, "init", "-q")
        ignored = "".join(f"/{kind.path}\n" for kind in KINDS if not kind.tracked)
        (checkout / ".git/info/exclude").write_text(ignored)
        host.git(checkout, "add", "-A")
        host.git(checkout, "commit", "-q", "-m", "The corpus")
        assert host.git(checkout, "status", "--porcelain") == ""
        before = _snapshot(checkout)
        add = ("verbs", "add", str(checkout), "--as", "lab")
        planned = host.run(*add, "--dry-run", "--json")
        dry = host.files()
        added = host.run(*add, "--json")
        written = host.files()
        listed = host.run("verbs", "--json")

        def run(kind: Kind) -> tuple[str, Done]:
            return kind.path, host.run("lab", *kind.verb.split(" "), *kind.words)

        def screen(kind: Kind) -> tuple[str, str]:
            return kind.path, host.run("lab", *kind.verb.split(" "), "--help").stdout

        with ThreadPoolExecutor(2) as threads:
            done = dict(threads.map(run, corpus.runnable()))
            screens = dict(threads.map(screen, (kind for kind in KINDS if kind.shows)))
        after, status = _snapshot(checkout), host.git(checkout, "status", "--porcelain")
        removed = host.run("verbs", "remove", "lab")
        yield Adopted(
            _rows(planned, "file"), _rows(added, "file"), _rows(listed, "verb"), done, screens,
            before, after, status, dry, written, removed, host.files(),
        )  # fmt: skip


def _row(rows: dict[str, Row], path: str) -> Row | None:
    """The row of a file, or of the folder above it in which everything is skipped."""
    while path:
        for name in (path, path + "/"):
            if name in rows:
                return rows[name]
        path = os.path.dirname(path)
    return None


def _mistakes(rows: dict[str, Row]) -> list[str]:
    """The files whose kind in a table is wrong."""
    wrong = []
    for kind in KINDS:
        row = _row(rows, kind.path)
        if row is None:
            if kind.state != ANY and not kind.path.startswith(".github/"):
                wrong.append(f"{kind.path} ({kind.kind}): it is in no row")
            continue
        verb = f"lab {kind.verb}" if kind.verb else ""
        told = row["verb"] or ""
        if kind.verb and kind.state != NOT and told != verb:
            wrong.append(f"{kind.path} ({kind.kind}): verb {told!r}, not {verb!r}")
        if kind.state not in (ANY, row["state"]):
            wrong.append(f"{kind.path} ({kind.kind}): {row['state']} {row['why']!r}")
        elif kind.state != ANY and kind.why not in (row["why"] or ""):
            wrong.append(f"{kind.path} ({kind.kind}): {row['why']!r} lacks {kind.why!r}")
    return wrong


def test_the_dry_run_tells_each_kind_as_it_is(adopted: Adopted) -> None:
    assert _mistakes(adopted.planned) == []


def test_what_is_added_is_what_the_dry_run_said(adopted: Adopted) -> None:
    assert _mistakes(adopted.added) == []
    keys = ("verb", "state", "why")
    plans = {file: [row[key] for key in keys] for file, row in adopted.planned.items()}
    assert {file: [row[key] for key in keys] for file, row in adopted.added.items()} == plans


def test_no_row_that_runs_is_of_a_file_that_is_no_verb(adopted: Adopted) -> None:
    wanted = {kind.path for kind in KINDS if kind.state in (OK, ANY) and kind.path not in LOST}
    offered = {file for file, row in adopted.planned.items() if row["state"] == OK}
    assert {file for file in offered - wanted if not file.startswith("links/up")} == set()


def test_links_to_nothing_loops_and_pipes_are_offered_by_no_row(adopted: Adopted) -> None:
    for file, row in adopted.planned.items():
        if file.startswith(LOST):
            assert row["state"] != OK, row


def test_each_verb_is_listed_with_its_state(adopted: Adopted) -> None:
    wrong = []
    for kind in KINDS:
        row = adopted.verbs.get(f"lab {kind.verb}") if kind.verb else None
        if kind.state in (OK, REFUSED) and (row is None or row["state"] != kind.state):
            wrong.append(f"{kind.path} ({kind.kind}): {row}")
    assert wrong == []
    words = {f"lab {kind.verb}" for kind in KINDS if kind.verb}
    extra = {verb for verb in adopted.verbs if verb.startswith("lab ")} - words
    assert {verb for verb in extra if "links" not in verb} == set()


def test_summaries_are_those_that_the_scripts_tell(adopted: Adopted) -> None:
    wrong = []
    for kind in KINDS:
        row = adopted.verbs.get(f"lab {kind.verb}")
        if kind.summary is not None and (not row or (row["summary"] or "") != kind.summary):
            wrong.append(f"{kind.path} ({kind.kind}): {row and row['summary']!r}")
    assert wrong == []


def test_each_verb_prints_what_its_script_prints(adopted: Adopted) -> None:
    wrong = []
    for kind in corpus.runnable():
        done = adopted.done[kind.path]
        if (done.returncode, done.stdout) != (0, kind.prints):
            wrong.append(f"{kind.path} ({kind.kind}): {done.returncode} {done.stderr!r}")
    assert wrong == []


def test_help_shows_what_the_script_says_of_its_use(adopted: Adopted) -> None:
    wrong = []
    for kind in KINDS:
        shown = " ".join(adopted.screens.get(kind.path, "").split())
        wrong += [
            f"{kind.path} ({kind.kind}): {line!r} is not in {shown!r}"
            for line in kind.shows
            if " ".join(line.split()) not in shown
        ]
    assert wrong == []


def test_nothing_in_the_checkout_is_touched(adopted: Adopted) -> None:
    assert adopted.after == adopted.before
    assert adopted.status == ""


def test_an_index_is_all_that_is_written_and_remove_takes_it_away(adopted: Adopted) -> None:
    assert adopted.dry == []
    assert adopted.written == ["homelab/adopted/lab/index"]
    assert (adopted.removed.returncode, adopted.removed.stderr) == (0, "")
    assert adopted.left == []


def test_names_and_kinds_agree_with_the_corpus() -> None:
    """Only the pure parts, so a wrong word shows up without a checkout."""
    wrong = []
    for kind in KINDS:
        *folders, name = kind.path.split("/")
        words = " ".join([*map(names.fold, folders), names.word_of(name)])
        if kind.verb and words != kind.verb:
            wrong.append(f"{kind.path}: {words}")
        if kind.link or kind.state == ANY or any(map(kinds.is_skipped, folders)):
            continue
        if kind.why in ("hidden", "copy"):  # the walk through a folder leaves these out
            continue
        why = kinds.not_a_verb(name, kind.content[:4096], bool(kind.mode & 0o111))
        if kind.state != NOT and why:
            wrong.append(f"{kind.path}: {why}")
        elif kind.state == NOT and "/" not in kind.path and (not why or kind.why not in why):
            wrong.append(f"{kind.path} ({kind.kind}): {why!r}")
    assert wrong == []


def test_folders_are_skipped_as_the_corpus_says() -> None:
    skipped = {kind.path for kind in KINDS if any(map(kinds.is_skipped, kind.path.split("/")[:-1]))}
    assert skipped == {
        "lib/common.sh", "lib/own.sh", "nas/lib/zfs/pools.sh", "examples/first.sh",
        "templates/unit.sh", "web/node_modules/tool/cli.js", ".github/workflows/push.sh",
    }  # fmt: skip
