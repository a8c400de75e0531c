"""A copy replaces another copy only if one of the replaced copy's own signers signed it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sshd import Lab, lab
from support.world import ROOT, World

pytestmark = pytest.mark.needs("ssh-keygen")

OLD = """#!/bin/sh
# The first 4096 bytes of homelab.pyz are for sh
case $1 in version) echo 'homelab 0.6.0 (build 000000000000)'; exit 0;; esac
echo "homelab: no such verb: self verify" >&2
exit 2
"""


class Releases:
    """Built files and the keys of their signers: alice and bob are baked in, mallory is not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("alice", "bob", "mallory"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        self.signed = self.built("signed", "alice", "bob", sign="alice")
        version = subprocess.check_output([str(self.signed), "version", "--json"], text=True)
        self.build: str = json.loads(version)["build"]

    def public(self, name: str) -> str:
        """A public key, as `TYPE BASE64`."""
        return " ".join((self.folder / f"{name}.pub").read_text().split()[:2])

    def built(self, name: str, *signers: str, sign: str = "") -> Path:
        """Build a file for a site with these signers, signed with a key."""
        site = self.folder / f"{name}.ini"
        lines = ", ".join(f"{signer} {self.public(signer)}" for signer in signers)
        site.write_text(f"[self]\nsigners = {lines}\n" if lines else "")
        path = self.folder / name / "homelab.pyz"
        command = [sys.executable, "build.py", "--site", str(site), "--output", str(path)]
        if sign:
            command += ["--sign", str(self.folder / sign)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return path

    def another(self, folder: Path, sign: str = "", build: str = "0" * 12) -> Path:
        """A copy of a built file that looks like another build, signed with a key or unsigned."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "homelab.pyz"
        path.write_bytes(self.signed.read_bytes().replace(self.build.encode(), build.encode()))
        path.chmod(0o755)
        if sign:
            self.sign(path, sign)
        return path

    def sign(self, path: Path, key: str, namespace: str = "homelab") -> Path:
        """Sign a file by hand, as in docs/releases.md."""
        line = subprocess.check_output(["sha256sum", path.name], cwd=path.parent)
        line = line.replace(path.name.encode(), b"homelab.pyz")
        command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(self.folder / key), "-n", namespace]
        signature = path.with_name(f"{path.name}.sig")
        signature.write_bytes(
            subprocess.run(command, input=line, stdout=subprocess.PIPE, check=True).stdout
        )
        return signature


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    return Releases(tmp_path_factory.mktemp("releases"))


@pytest.fixture
def prefix(world: World, releases: Releases) -> Path:
    """A prefix in which the signed file is installed."""
    prefix = world.folder / "prefix"
    world.pyz = str(releases.signed)
    assert world.run("self", "install", "--prefix", str(prefix)).returncode == 0
    return prefix


def _state(world: World, path: Path, **env: str) -> tuple[int, str, str]:
    """Exit code, state and sentence of `self verify`."""
    done = world.run("self", "verify", "--json", str(path), **env)
    rows = json.loads(done.stdout)["rows"] if done.stdout else [{"state": ""}]
    return done.returncode, rows[0]["state"], done.stderr.replace(f"{path.parent}/", "")


def _installed(world: World, prefix: Path) -> str:
    """The build of the command below a prefix."""
    command = [str(prefix / "bin/homelab"), "version", "--json"]
    build: str = json.loads(subprocess.check_output(command, env=world.env))["build"]
    return build


# Signing


def test_a_signature_is_checked_by_hand_with_sha256sum_and_ssh_keygen(releases: Releases) -> None:
    """No copy of homelab is needed, and SHA256SUMS contains exactly the signed line."""
    folder = releases.signed.parent
    line = subprocess.check_output(["sha256sum", "homelab.pyz"], cwd=folder)
    assert (folder / "SHA256SUMS").read_bytes() == line
    (folder / "allowed_signers").write_text(f"alice {releases.public('alice')}\n")
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "alice"]
    command += ["-n", "homelab", "-s", "homelab.pyz.sig"]
    told = subprocess.run(command, input=line, cwd=folder, stdout=subprocess.PIPE, check=True)
    assert told.stdout.startswith(b'Good "homelab" signature for alice with ED25519 key SHA256:')


def test_a_build_that_is_not_signed_leaves_no_signature_of_another(releases: Releases) -> None:
    path = releases.built("again", "alice", sign="alice")
    signature = path.with_name("homelab.pyz.sig")
    assert signature.stat().st_mode & 0o777 == 0o644
    releases.built("again", "alice")
    assert not signature.exists()


@pytest.mark.needs("ssh-agent", "ssh-add")
def test_a_key_that_only_the_agent_holds_signs(
    releases: Releases, world: World, tmp_path: Path
) -> None:
    for name in ("bob", "bob.pub"):
        shutil.copy(releases.folder / name, tmp_path)
    script = 'ssh-add -q bob && rm bob && cd "$1" && "$2" build.py --output "$3" --sign "$4"'
    output = tmp_path / "new/homelab.pyz"
    words = [str(ROOT), sys.executable, str(output), str(tmp_path / "bob.pub")]
    command = ["ssh-agent", "sh", "-c", script, "-", *words]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    world.pyz = str(releases.signed)
    assert _state(world, output) == (0, "verified", "")


def test_a_key_that_can_not_sign_builds_nothing(releases: Releases, tmp_path: Path) -> None:
    output = tmp_path / "new/homelab.pyz"
    command = [sys.executable, "build.py", "--output", str(output), "--sign", str(tmp_path / "no")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"build.py: {tmp_path}/no can't sign, so nothing was built; use a private SSH key, or the"
        " .pub file of one in the agent\n"
    )
    assert not output.parent.exists() or not list(output.parent.iterdir())


@pytest.mark.parametrize(
    ("signers", "why"),
    [
        ("alice", "'alice' is not of the form NAME TYPE BASE64"),
        ("alice ssh-ed25519 AAAA", "the key of alice is not of the form TYPE BASE64"),
        ("* ssh-ed25519 AAAA", "'*' is not a signer's name"),
    ],
)
def test_a_site_with_signers_that_are_none_builds_nothing(
    signers: str, why: str, tmp_path: Path
) -> None:
    site = tmp_path / "site.ini"
    site.write_text(f"[self]\nsigners = {signers}\n")
    command = [sys.executable, "build.py", "--site", str(site), "--output", str(tmp_path / "new")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert f"{site}:2: signers: {why}" in done.stderr
    assert not (tmp_path / "new").exists()


# self verify


@pytest.mark.parametrize("key", ["alice", "bob"])
def test_each_of_the_signers_may_sign(key: str, world: World, releases: Releases) -> None:
    """So a new key can be distributed before the old one is removed."""
    world.pyz = str(releases.signed)
    path = releases.another(world.folder / "new", key)
    done = world.run("self", "verify", "--no-header", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"verified  {key}  SHA256:")
    renamed = path.rename(path.with_name("homelab-0.6.0.pyz"))  # its name does not matter
    path.with_name("homelab.pyz.sig").rename(path.with_name("homelab-0.6.0.pyz.sig"))
    assert _state(world, renamed) == (0, "verified", "")


def test_what_is_not_signed_so_is_refused(world: World, releases: Releases) -> None:
    world.pyz = str(releases.signed)
    path = releases.another(world.folder / "new")
    signature = path.with_name("homelab.pyz.sig")
    makes = "build.py --sign KEY makes one"
    unsigned = f"homelab: homelab.pyz is unsigned: there is no homelab.pyz.sig; {makes}\n"
    assert _state(world, path) == (1, "refused", unsigned)

    releases.sign(path, "mallory")
    code, state, said = _state(world, path)
    assert (code, state) == (1, "refused")
    assert re.fullmatch(
        r"homelab: homelab\.pyz is signed with SHA256:\S+, which belongs to none of the signers"
        r" \(alice, bob\); sign it with one of their keys\n",
        said,
    )

    releases.sign(path, "alice", namespace="git")  # that key, for another purpose
    code, state, said = _state(world, path)
    assert (code, state) == (1, "refused")
    assert "homelab.pyz differs from the file that alice signed (" in said

    shutil.copy(releases.signed.with_name("homelab.pyz.sig"), signature)  # of another file
    again = "download it and its signature again\n"
    code, state, said = _state(world, path)
    assert (code, state) == (1, "refused")
    assert said.startswith("homelab: homelab.pyz differs from the file that alice signed (")
    assert said.endswith(again)

    releases.sign(path, "alice")
    with open(path, "ab") as file:
        file.write(b"\n")  # one byte more
    assert _state(world, path)[:2] == (1, "refused")

    for text in (b"", b"alice\n", b"\xff" * 99, b"\0" * (1 << 20)):
        signature.write_bytes(text)
        assert _state(world, path)[0] == 1
    wrong = b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----\n"
    signature.write_bytes(wrong)
    no = f"homelab: homelab.pyz.sig is not an SSH signature; {makes}\n"
    assert _state(world, path) == (1, "refused", no)


def test_what_can_not_be_read_is_not_verified(world: World, releases: Releases) -> None:
    world.pyz = str(releases.signed)
    os.mkfifo(world.folder / "pipe")
    said = "homelab: pipe can't be read: it is not a regular file\n"
    assert _state(world, world.folder / "pipe") == (1, "", said)
    said = "homelab: missing can't be read: No such file or directory\n"
    assert _state(world, world.folder / "missing") == (1, "", said)


def test_without_a_tool_that_can_tell_it_is_unknown(world: World, releases: Releases) -> None:
    """Without ssh-keygen, with an old one, or one that prints nothing, it is never verified."""
    world.pyz = str(releases.signed)
    path = releases.another(world.folder / "new", "alice")
    tools = world.folder / "tools"
    tools.mkdir()
    (tools / "python3").symlink_to(sys.executable)
    fix = "install OpenSSH 8.1 or newer\n"
    none = f"homelab: homelab.pyz can't be verified: ssh-keygen is not installed; {fix}"
    assert _state(world, path, PATH=str(tools)) == (69, "unknown", none)
    for script, said in (
        ("echo 'unknown option -- Y' >&2; exit 1", f"ssh-keygen: unknown option -- Y; {fix}"),
        ("exit 0", f"ssh-keygen: no reason given; {fix}"),
        ("kill -9 $$", f"ssh-keygen: no reason given; {fix}"),
    ):
        (tools / "ssh-keygen").write_text(f"#!/bin/sh\n{script}\n")
        (tools / "ssh-keygen").chmod(0o755)
        code, state, told = _state(world, path, PATH=f"{tools}:/usr/bin:/bin")
        assert (code, state) == (69, "unknown")
        assert told == f"homelab: homelab.pyz can't be verified: {said}"


def test_a_copy_without_signers_verifies_nothing(world: World, releases: Releases) -> None:
    path = releases.another(world.folder / "new", "alice")
    code, state, said = _state(world, path)
    assert (code, state) == (78, "no-signers")
    assert said == (
        "homelab: homelab.pyz can't be verified: this copy of homelab has no signers; build.py"
        " --site adds them, as self.signers\n"
    )


def test_nobody_adds_a_signer_but_the_build(world: World, releases: Releases) -> None:
    world.pyz = str(releases.signed)
    path = releases.another(world.folder / "new", "mallory")
    mallory = f"mallory {releases.public('mallory')}"
    file = world.settings(f"[self]\nsigners = {mallory}\n")
    names = ("HOMELAB_SELF_SIGNERS", "HOMELAB_SIGNERS")
    assert _state(world, path, **dict.fromkeys(names, mallory))[:2] == (1, "refused")
    releases.sign(path, "bob")
    assert _state(world, path) == (0, "verified", "")  # a file does not remove them, either
    done = world.run("config")
    assert done.returncode == 78
    assert done.stderr == (
        f"homelab: {file}:2: signers can't be set in a settings file; only build.py --site sets it;"
        " fix or remove that line\n"
    )


# self install


def test_the_installed_copy_lets_a_signed_one_take_its_place(
    world: World, releases: Releases, prefix: Path
) -> None:
    new = releases.another(world.folder / "new", "bob")
    world.pyz = str(new)
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 0
    assert "not checked" not in done.stderr
    assert _installed(world, prefix) == "0" * 12
    there = prefix / f"lib/homelab/homelab-0.6.0-{'0' * 12}.pyz.sig"  # for the next push
    assert there.read_bytes() == new.with_name("homelab.pyz.sig").read_bytes()
    # the check is not counted as a run
    assert world.events() == ["exit=0 ver=0.6.0 verb=self install"] * 2


@pytest.mark.parametrize("sign", ["", "mallory"])
def test_the_installed_copy_refuses_what_its_signers_did_not_sign(
    sign: str, world: World, releases: Releases, prefix: Path
) -> None:
    world.pyz = str(releases.another(world.folder / "new", sign))
    before = sorted(prefix.rglob("*"))
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"homelab: {world.pyz} is {'signed with' if sign else 'unsigned'}")
    assert line.endswith("; nothing was installed (--unverified installs anyway)")
    assert sorted(prefix.rglob("*")) == before
    assert _installed(world, prefix) == releases.build
    done = world.run("self", "install", "--unverified", "--prefix", str(prefix))
    assert done.returncode == 0
    what = f"the signature of {world.pyz} was" if sign else f"{world.pyz} is unsigned and was"
    assert f"homelab: {what} not checked: --unverified was given\n" in done.stderr
    assert _installed(world, prefix) == "0" * 12


def test_the_signers_of_the_new_file_do_not_count(
    world: World, releases: Releases, prefix: Path
) -> None:
    world.pyz = str(releases.built("evil", "mallory", sign="mallory"))
    assert _state(world, Path(world.pyz)) == (0, "verified", "")  # according to the new file itself
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 1
    assert "which belongs to none of the signers (alice, bob)" in done.stderr
    assert _installed(world, prefix) == releases.build


def test_where_the_installed_copy_can_not_tell_nothing_is_replaced(
    world: World, releases: Releases, prefix: Path
) -> None:
    world.pyz = str(releases.another(world.folder / "new", "alice"))
    tools = world.folder / "tools"
    tools.mkdir()
    for name in ("python3", "sh"):
        (tools / name).symlink_to(shutil.which(name, path=world.env["PATH"]) or "")
    done = world.run("self", "install", "--prefix", str(prefix), PATH=str(tools))
    assert done.returncode == 69
    assert done.stderr == (
        f"homelab: {world.pyz} can't be verified: ssh-keygen is not installed; install OpenSSH 8.1"
        " or newer; nothing was installed (--unverified installs anyway)\n"
    )
    assert _installed(world, prefix) == releases.build


@pytest.mark.parametrize("sign", ["", "alice"])
def test_the_first_copy_is_trusted_and_says_so(sign: str, world: World, releases: Releases) -> None:
    prefix = world.folder / "prefix"
    world.pyz = str(releases.another(world.folder / "new", sign))
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 0
    what = f"the signature of {world.pyz} was" if sign else f"{world.pyz} is unsigned and was"
    assert (
        f"homelab: {what} not checked: it is the first copy there, so nothing could check it\n"
        in done.stderr
    )


def test_a_copy_that_has_no_signers_is_replaced_with_a_sentence(
    world: World, releases: Releases
) -> None:
    prefix = world.folder / "prefix"
    assert world.run("self", "install", "--prefix", str(prefix)).returncode == 0
    world.pyz = str(releases.another(world.folder / "new", "alice"))
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 0
    why = "the installed copy has no signers (build.py --site adds them)"
    assert f"homelab: the signature of {world.pyz} was not checked: {why}\n" in done.stderr
    assert _installed(world, prefix) == "0" * 12


def _by_hand(prefix: Path, text: bytes) -> None:
    """Install a copy by hand."""
    link = prefix / "bin/homelab"
    link.parent.mkdir(parents=True)
    link.write_bytes(text)
    link.chmod(0o755)


def test_a_copy_that_is_too_old_to_check_is_replaced_with_a_sentence(
    world: World, releases: Releases
) -> None:
    prefix = world.folder / "prefix"
    _by_hand(prefix, OLD.encode())
    world.pyz = str(releases.another(world.folder / "new", "alice"))
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 0
    why = "the installed copy is too old for that"
    assert f"homelab: the signature of {world.pyz} was not checked: {why}\n" in done.stderr


@pytest.mark.parametrize("left", [4096, 0.5])
def test_a_damaged_copy_has_not_checked(left: float, world: World, releases: Releases) -> None:
    """The exit code does not matter: a shell that can't read it exits with 2."""
    prefix = world.folder / "prefix"
    whole = releases.signed.read_bytes()
    _by_hand(prefix, whole[: int(left if left > 1 else len(whole) * left)])
    world.pyz = str(releases.another(world.folder / "new", "alice"))
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 1
    assert done.stderr.endswith("; nothing was installed (--unverified installs anyway)\n")
    assert not (prefix / "bin/homelab").is_symlink()


def test_an_empty_file_in_the_place_of_the_installed_copy_has_not_checked(
    world: World, releases: Releases, prefix: Path
) -> None:
    (prefix / "bin/homelab").resolve().write_bytes(b"")
    world.pyz = str(releases.another(world.folder / "new", "alice"))
    done = world.run("self", "install", "--prefix", str(prefix))
    assert done.returncode == 1
    assert f" could not check {world.pyz}; nothing was installed" in done.stderr


@pytest.mark.needs("root")
def test_root_checks_in_a_folder_that_no_other_account_can_exchange(
    world: World, releases: Releases, prefix: Path
) -> None:
    """TMPDIR may come from the account that became root."""
    theirs, tools = world.folder / "theirs", world.folder / "tools"
    theirs.mkdir()
    tools.mkdir()
    os.chown(theirs, 54321, 54321)
    (tools / "ssh-keygen").write_text(
        f'#!/bin/sh\necho "$@" >>{world.folder}/words\nexec {shutil.which("ssh-keygen")} "$@"\n'
    )
    (tools / "ssh-keygen").chmod(0o755)
    world.pyz = str(releases.another(world.folder / "new", "alice"))
    env = {"TMPDIR": str(theirs), "PATH": f"{tools}:{world.env['PATH']}"}
    done = world.run("self", "install", "--prefix", str(prefix), **env)
    assert done.returncode == 0, done.stderr
    words = (world.folder / "words").read_text()
    assert " -f /tmp/homelab-verify." in words
    assert str(theirs) not in words


@pytest.mark.needs("root", "namespaces")
def test_without_room_for_temporary_files_it_is_unknown(world: World, releases: Releases) -> None:
    world.pyz = str(releases.signed)
    path = releases.another(world.folder / "new", "alice")
    script = 'mkdir /run/t; mount --rbind "$1" /run/t; mount -t tmpfs -o ro none /tmp; cd /run/t'
    script = f'mount -t tmpfs none /run; {script}; exec ./signed/homelab.pyz self verify "$2"'
    shutil.copytree(path.parent, releases.folder / "new for root", dirs_exist_ok=True)
    command = ["unshare", "-m", "sh", "-c", script, "-", str(releases.folder)]
    done = subprocess.run(
        [*command, "new for root/homelab.pyz"],
        env=world.env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 69
    assert done.stderr == (
        "homelab: new for root/homelab.pyz can't be verified: the folder for temporary files can't"
        " be written: Read-only file system; free some space there\n"
    )


def test_the_bytes_that_are_installed_are_those_that_were_checked(
    world: World, releases: Releases, prefix: Path
) -> None:
    """The file is replaced while ssh-keygen checks it; the checked bytes were read before."""
    path = releases.another(world.folder / "new", "alice")
    whole = path.read_bytes()
    tools = world.folder / "tools"
    tools.mkdir()
    (tools / "ssh-keygen").write_text(
        f'#!/bin/sh\nmv {path} {path}.gone\necho "#!/bin/sh" >{path}\ntouch {world.folder}/done\n'
        f'exec {shutil.which("ssh-keygen")} "$@"\n'
    )
    (tools / "ssh-keygen").chmod(0o755)
    world.pyz = str(path)
    path_of_tools = f"{tools}:{world.env['PATH']}"
    done = world.run("self", "install", "--prefix", str(prefix), PATH=path_of_tools)
    assert done.returncode == 0, done.stderr
    assert (world.folder / "done").exists()
    assert path.read_bytes() == b"#!/bin/sh\n"
    assert (prefix / "bin/homelab").read_bytes() == whole


# self push


@pytest.fixture
def hosts(world: World) -> Iterator[Lab]:
    """A lab with the host `nas`, which has ssh-keygen and the Python of the tests. Its sh records
    the files that it reads."""
    with lab(world.folder / "lab") as made:
        world.env["PATH"] = f"{made.bin}:{world.env['PATH']}"
        there, tools = world.folder / "tmp there", world.folder / "tools"
        there.mkdir()
        tools.mkdir()
        log = f'[ "$1" = -c ] || echo "$1" >>"{world.folder}/files of sh"'
        (tools / "sh").write_text(f'#!/bin/sh\n{log}\nexec /bin/sh "$@"\n')
        (tools / "sh").chmod(0o755)
        path = f"{tools}:{Path(sys.executable).parent}:/usr/bin:/bin"
        made.add("nas", f'SetEnv PATH={path} "TMPDIR={there}"')
        yield made
        assert list(there.iterdir()) == []


def _push(world: World, prefix: Path, *words: str) -> tuple[int, str, str]:
    """Push; return exit code, result and stderr."""
    done = world.run("self", "push", "--json", "--prefix", str(prefix), *words, "nas")
    rows = json.loads(done.stdout)["rows"] if done.stdout else [{"result": ""}]
    return done.returncode, rows[0]["result"], done.stderr


def _ran(world: World) -> bool:
    """Whether a part of a pushed file was run on the host."""
    log = world.folder / "files of sh"
    return log.exists() and "/homelab-push." in log.read_text()


needs_sshd = pytest.mark.needs("sshd", "ssh", "root")


@needs_sshd
def test_a_push_sends_file_and_signature_and_the_copy_there_checks_them(
    world: World, releases: Releases, hosts: Lab
) -> None:
    prefix = world.folder / "there"
    world.pyz = str(releases.signed)
    first = (
        "homelab: nas: the signature of this file was not checked: it is the first copy there, so"
        " nothing could check it"
    )
    assert _push(world, prefix) == (0, "installed", f"{first}\n")
    world.pyz = str(releases.another(world.folder / "new", "bob"))
    assert _push(world, prefix) == (0, "installed", "")
    assert _installed(world, prefix) == "0" * 12
    there = (prefix / "bin/homelab").resolve()
    signature = Path(f"{world.pyz}.sig").read_bytes()
    assert there.with_name(f"{there.name}.sig").read_bytes() == signature
    world.pyz = str(there)  # and the next push starts from there
    further = world.folder / "further"
    world.env["HOME"] = str(world.folder)
    assert _push(world, further)[:2] == (0, "installed")
    assert (further / "bin/homelab").resolve().with_name(f"{there.name}.sig").exists()


@needs_sshd
@pytest.mark.parametrize("sign", ["", "mallory"])
def test_a_push_of_what_the_signers_there_did_not_sign_runs_nothing_of_it(
    sign: str, world: World, releases: Releases, hosts: Lab
) -> None:
    prefix = world.folder / "there"
    world.pyz = str(releases.signed)
    assert _push(world, prefix)[0] == 0
    (world.folder / "files of sh").unlink()
    world.pyz = str(releases.another(world.folder / "new", sign))
    code, result, said = _push(world, prefix)
    assert not _ran(world)
    assert (code, result) == (1, "refused")
    (line,) = said.splitlines()
    assert line.startswith(f"homelab: nas: homelab.pyz is {'signed with' if sign else 'unsigned'}")
    assert line.endswith("; --unverified installs anyway")
    assert _installed(world, prefix) == releases.build
    assert _push(world, prefix, "--unverified")[:2] == (0, "installed")
    assert _installed(world, prefix) == "0" * 12


@needs_sshd
@pytest.mark.parametrize(
    ("text", "code", "result"),
    [
        (OLD, 0, "installed"),
        ("#!/bin/sh\nexit 0\n", 1, "refused"),
        ("#!/bin/sh\nexit 2\n", 1, "refused"),
        ("#!/bin/sh\nexit 78\n", 1, "refused"),
        ("", 1, "refused"),
    ],
)
def test_a_push_to_a_copy_that_is_old_and_one_that_is_broken(
    text: str, code: int, result: str, world: World, releases: Releases, hosts: Lab
) -> None:
    prefix = world.folder / "there"
    _by_hand(prefix, text.encode())
    world.pyz = str(releases.signed)
    done = _push(world, prefix)
    assert done[:2] == (code, result)
    if result == "installed":
        why = "the installed copy is too old for that"
        assert done[2] == f"homelab: nas: the signature of this file was not checked: {why}\n"
    else:
        assert "the installed copy could not check the new one (" in done[2]


@needs_sshd
def test_nothing_in_a_signature_reaches_the_shell_there(
    world: World, releases: Releases, hosts: Lab
) -> None:
    prefix = world.folder / "there"
    world.pyz = str(releases.another(world.folder / "new", "alice"))
    signature = Path(f"{world.pyz}.sig")
    begin, *middle, end = signature.read_text().splitlines()
    evil = f"'\"; touch {world.folder}/ran; $(touch {world.folder}/ran) `touch ran` \\"
    signature.write_text("\n".join([begin, *middle, evil, end]) + "\n")
    _push(world, prefix)
    assert not (world.folder / "ran").exists()
    signature.write_text(f"{begin}\n{evil}\n{end}\n")
    said = f"homelab: {signature} is not an SSH signature; build.py --sign KEY makes one\n"
    assert _push(world, prefix) == (1, "", said)
