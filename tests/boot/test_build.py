"""The single file: built by shiv, run in place, the same bytes each time, with a site's
settings."""

from __future__ import annotations

import hashlib
import json
import marshal
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
from support.world import ROOT, World

START = 'import sys;exec(open(sys.argv[1],"rb").read(4096))'


def _build(project: Path, *words: str, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "build.py", *words],
        cwd=project,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        umask=umask,
        check=False,
    )


def test_the_same_bytes_from_another_folder_under_another_umask(project: Path, pyz: str) -> None:
    done = _build(project, umask=0o077)
    assert done.returncode == 0, done.stderr
    built = project / "dist/homelab.pyz"
    assert built.read_bytes() == Path(pyz).read_bytes()
    assert stat.S_IMODE(built.stat().st_mode) == 0o755
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    assert done.stdout == f"dist/homelab.pyz  {built.stat().st_size} bytes  sha256 {digest}\n"
    sums = project / "dist/SHA256SUMS"
    assert sums.read_text() == f"{digest}  homelab.pyz\n"
    assert stat.S_IMODE(sums.stat().st_mode) == 0o644


def test_a_page_that_changed_is_another_build(project: Path, pyz: str) -> None:
    page = project / "docs/releases.md"
    page.write_text("# Releases\n\nAn `other` page. It is short.\n")
    assert _build(project).returncode == 0
    built = str(project / "dist/homelab.pyz")
    version = subprocess.check_output([built, "version"], text=True)
    assert version != subprocess.check_output([pyz, "version"], text=True)
    topics = subprocess.check_output([built, "help", "topics"], text=True)
    assert "An other page.\n" in topics


def test_the_sums_of_several_files_in_one_folder(project: Path) -> None:
    folder = project / "handed out"
    folder.mkdir()
    (folder / "notes").write_text("by someone else\n")
    notes = subprocess.check_output(["sha256sum", "notes"], cwd=folder, text=True)
    (folder / "SHA256SUMS").write_text(f"{notes}{'0' * 64}  gone\n{'0' * 64}  lab.pyz\n")
    (project / "site.ini").write_text("[loki]\nurl = http://loki.lan\n")
    assert _build(project, "--output", str(folder / "plain.pyz")).returncode == 0
    done = _build(project, "--output", str(folder / "lab.pyz"), "--site", "site.ini")
    assert done.returncode == 0, done.stderr
    told = subprocess.check_output(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, text=True)
    assert sorted(told.splitlines()) == ["lab.pyz: OK", "notes: OK", "plain.pyz: OK"]


def test_a_site_is_baked_in_and_weaker_than_everything_else(project: Path, world: World) -> None:
    site = project / "site.ini"
    site.write_text("[loki]\nurl = http://loki.lan\nlb = 10.0.0.5\n[telemetry]\nenabled = no\n")
    assert _build(project, "--site", "site.ini").returncode == 0
    world.pyz = str(project / "dist/homelab.pyz")
    told = json.loads(world.run("config", "--json", HOMELAB_LOKI_LB="10.0.0.6").stdout)
    rows = {row["setting"]: (row["value"], row["origin"]) for row in told["rows"]}
    assert rows["loki.url"] == ("http://loki.lan", "built into this file")
    assert rows["loki.lb"] == ("10.0.0.6", "HOMELAB_LOKI_LB")
    assert rows["telemetry.enabled"] == ("no", "built into this file")
    assert not world.state.exists()


def test_a_site_whose_address_no_run_could_use_builds_nothing(project: Path) -> None:
    (project / "site.ini").write_text("[loki]\nurl = loki.lan\n")
    done = _build(project, "--site", "site.ini")
    assert done.returncode == 78
    assert "site.ini: 'loki.lan' does not begin with http://" in done.stderr
    assert not (project / "dist").exists()


def test_a_broken_site_is_named_with_its_line_and_builds_nothing(project: Path) -> None:
    (project / "site.ini").write_text("[loki]\nurll = http://loki.lan\n")
    done = _build(project, "--site", "site.ini")
    assert done.returncode == 78
    assert "site.ini:2: [loki] has no key 'urll'" in done.stderr
    assert not (project / "dist").exists()


def test_shiv_info_reads_it(pyz: str) -> None:
    shiv_info = Path(sys.executable).parent / "shiv-info"
    told = json.loads(subprocess.check_output([str(shiv_info), "--json", pyz], text=True))
    assert told["entry_point"] == "homelab.__main__:main"
    assert told["shiv_version"] == "1.0.8"


def _blocks(pyz: str) -> dict[str, dict[str, tuple[bool, bytes]]]:
    """The blocks of bytecode in a built file, by Python's magic number."""
    with zipfile.ZipFile(pyz) as archive:
        names = [name for name in archive.namelist() if name.startswith("bytecode/")]
        return {name[9:]: _modules(archive.read(name)) for name in names}


def _modules(block: bytes) -> dict[str, tuple[bool, bytes]]:
    """The modules of both parts of a block: the core comes after the rest."""
    size = int.from_bytes(block[-4:], "little")
    index = marshal.loads(block[-4 - size : -4])
    _, gates = index.pop("")
    core = block[len(block) - 4 - size - max(end for _, _, end in index.values()) : -4 - size]
    found = {name: (package, core[at:end]) for name, (package, at, end) in index.items()}
    begin, end = gates["*"]
    _, _, ((begin, end, index),) = marshal.loads(block[begin:end])
    part = block[begin:end]
    found.update({name: (package, part[at:end]) for name, (package, at, end) in index.items()})
    return found


def test_the_bytecode_is_all_of_the_sources_and_holds_no_path(pyz: str) -> None:
    """Each module of this Python's block is compiled from its source in the archive."""
    (codes,) = _blocks(pyz).values()
    with zipfile.ZipFile(pyz) as archive:
        sources = _modules(archive.read("sources"))
    assert set(codes) == set(sources)
    for module, (package, source) in sources.items():
        name = module.replace(".", "/") + ("/__init__.py" if package else ".py")
        assert package == codes[module][0]
        code = codes[module][1]
        assert str(ROOT).encode() not in code
        again = compile(source, name, "exec", dont_inherit=True, optimize=0)
        assert marshal.loads(code) == again


def test_sources_and_bytecode_are_in_it_once(pyz: str) -> None:
    number = int.from_bytes(MAGIC_NUMBER[:2], "little")
    with zipfile.ZipFile(pyz) as archive:
        names = ["sources", f"bytecode/{number}", "__main__.py", "environment.json"]
        pages = sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
        assert archive.namelist() == names + pages
        assert all(archive.read(page) == (ROOT / page).read_bytes() for page in pages)
        sources = _modules(archive.read("sources"))
    for path in (ROOT / "homelab").rglob("*.py"):
        words = path.relative_to(ROOT).with_suffix("").parts
        package = words[-1] == "__init__"
        if words[-2:] not in (("boot", "baked"), ("boot", "pages"), ("boot", "start")):
            module = ".".join(words[:-1] if package else words)
            assert sources[module] == (package, path.read_bytes())


def test_other_pythons_start_from_the_sources_or_from_a_block_of_their_own(
    project: Path, world: World
) -> None:
    others = [python for python in _pythons() if python != Path(sys.executable).resolve()]
    if not others:
        pytest.skip("no second CPython of 3.9 or newer here")
    chosen = [word for python in others[:2] for word in ("--bytecode", str(python))]
    done = _build(project, *chosen)
    assert done.returncode == 0, done.stderr
    once = (project / "dist/homelab.pyz").read_bytes()
    blocks = _blocks(str(project / "dist/homelab.pyz"))
    assert len(blocks) == len({_magic(python) for python in (Path(sys.executable), *others[:2])})
    for python in others:
        for file in (world.pyz, str(project / "dist/homelab.pyz")):
            told = subprocess.run(
                [str(python), "-I", "-S", "-v", "-c", START, file, "version"],
                env=world.env, capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert told.stdout.startswith("homelab 0.6.0")
            assert "import 'homelab.main' # <homelab.boot.bytecode.Block" in told.stderr
            # only sources need it
            assert ("import 'zlib'" in told.stderr) == (str(_magic(python)) not in _blocks(file))
    assert _build(project, *chosen[2:], *chosen[:2]).returncode == 0
    assert (project / "dist/homelab.pyz").read_bytes() == once


def _pythons() -> list[Path]:
    """CPythons from 3.9 on that this host has."""
    named = [shutil.which(f"python3.{minor}") for minor in range(9, 15)]
    found = [Path(name) for name in (*named, "/usr/bin/python3") if name and Path(name).exists()]
    found += sorted((Path.home() / ".pyenv/versions").glob("3.*/bin/python3"))
    return [python for python in dict.fromkeys(path.resolve() for path in found) if _magic(python)]


def _magic(python: Path) -> int:
    asked = (
        "import sys, importlib.util as u; sys.version_info < (3, 9) and sys.exit(1);"
        "print(int.from_bytes(u.MAGIC_NUMBER[:2], 'little'))"
    )
    done = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=False)
    return int(done.stdout or 0)


def test_an_incomplete_copy_is_reported(world: World) -> None:
    whole = Path(world.pyz).read_bytes()
    cut = world.folder / "cut.pyz"
    for size in (4096, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:size])
        cut.chmod(0o755)
        done = subprocess.run(
            [str(cut), "version"], env=world.env, capture_output=True, text=True, check=False
        )
        told = f"homelab: {cut} is not a whole copy; copy it here again\n"
        assert (done.returncode, done.stdout, done.stderr) == (78, "", told)


def test_a_copy_that_ends_in_zeros_is_reported(started: str, world: World) -> None:
    """Some copying programs reserve all the space first; a crash leaves such files, too."""
    whole = Path(started).read_bytes()
    with zipfile.ZipFile(started) as archive:
        block, after = archive.infolist()[
            1 if repr(MAGIC_NUMBER).encode() in whole[:4096] else 0 :
        ][:2]
    end = after.header_offset
    told = f"homelab: {started} is not a whole copy; copy it here again\n"
    for size in (4096, block.header_offset + 99, end - block.compress_size // 2, end - 9, end):
        Path(started).write_bytes(whole[:size].ljust(len(whole), b"\0"))
        done = subprocess.run(
            [started, "version"], env=world.env, capture_output=True, text=True, check=False
        )
        if size < end:
            assert (done.returncode, done.stdout, done.stderr) == (78, "", told), size
        else:  # all that it needs is in the core
            assert (done.returncode, done.stderr) == (0, ""), size


def test_running_it_writes_nothing_but_the_journal(world: World) -> None:
    assert world.run("config", SHIV_ROOT=str(world.folder / "shiv")).returncode == 0
    written = sorted(str(path.relative_to(world.folder)) for path in world.folder.rglob("*"))
    assert written == [
        "home",
        "home/.local",
        "home/.local/state",
        "home/.local/state/homelab",
        "home/.local/state/homelab/usage.log",
    ]


def test_it_runs_through_a_symlink_from_a_path_with_spaces(world: World) -> None:
    folder = world.folder / "a b"
    folder.mkdir()
    shutil.copy(world.pyz, folder / "homelab file.pyz")
    link = world.folder / "homelab"
    link.symlink_to(folder / "homelab file.pyz")
    told = json.loads(subprocess.check_output([str(link), "version", "--json"], text=True))
    assert told["path"] == str(folder / "homelab file.pyz")


def test_a_python_that_is_too_old_gets_a_sentence(pyz: str, tmp_path: Path) -> None:
    """The start of the archive is parsed with this Python's parser in its 2.7 mode: no later
    syntax; its message is tried with a lowered version number."""
    with zipfile.ZipFile(pyz) as archive:
        start = archive.read("__main__.py").decode("ascii")
    assert "f'" not in start
    assert 'f"' not in start
    script = tmp_path / "old.py"
    script.write_text(f"import sys\nsys.version_info = (3, 6, 9)\nexec({start!r})\n")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert done.stderr.startswith("homelab: Python 3.6 is too old: homelab needs 3.9 or newer;")
