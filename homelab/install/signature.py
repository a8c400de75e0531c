"""Check whether a signer that the running file, or the installed one, trusts signed a copy."""

from __future__ import annotations

import os

from homelab.errors import DONE, NO, TIMEOUT, UNREACHABLE, USAGE, Failure
from homelab.install import signers
from homelab.install.layout import MARK, begins
from homelab.install.signers import REFUSED, UNKNOWN, VERIFIED
from homelab.system import files, ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from tempfile import TemporaryDirectory

    from homelab.install.layout import Copy, Prefix
    from homelab.install.signers import Signer

_TOOL = "install OpenSSH 8.1 or newer"
FILE = 64 << 20  # bytes; a built file has about 2 MiB
_SIGNATURE = 64 << 10  # bytes


class Verdict:
    """The result of a check: `state`, the `signer` and the fingerprint of the `key`, as far as they
    are known, and unless it is verified a sentence with the reason and the remedy."""

    __slots__ = ("key", "sentence", "signer", "state")

    def __init__(self, state: str, sentence: str = "", signer: str = "", key: str = "") -> None:
        self.state = state
        self.sentence = sentence
        self.signer = signer
        self.key = key


def beside(path: str) -> tuple[bytes, str]:
    """The signature in the file beside a copy, as ssh-keygen writes it, and the reason if that file
    is ignored. The signature is b"" and the reason "" if there is no such file.

    Root copies the signature to a place that everyone can read: anything else in the file is left
    out, and a file or link that another account can change is not read.
    """
    name = path + signers.SUFFIX
    try:
        text = files.content(name, _SIGNATURE, trusted=True)
        return "".join(f"{line}\n" for line in signers.lines(text)).encode("ascii"), ""
    except FileNotFoundError:
        return b"", ""
    except OSError as error:
        return b"", f"{name} is ignored: {error.strerror}; correct it, or remove it"
    except ValueError:
        return b"", _no_signature(path)


def _no_signature(path: str) -> str:
    return f"{path}{signers.SUFFIX} is not an SSH signature; build.py --sign KEY makes one"


def verdict(path: str, data: bytes, trusted: list[Signer], env: Mapping[str, str]) -> Verdict:
    """Check the signature of `data`, which was read from `path`, against the signers."""
    signature, unused = beside(path)
    if unused:
        return Verdict(REFUSED, unused)
    if not signature:
        what = f"{path} is unsigned: there is no {path}{signers.SUFFIX}"
        return Verdict(REFUSED, f"{what}; build.py --sign KEY makes one")
    try:
        blob = signers.signing_key(signature)
    except ValueError:
        return Verdict(REFUSED, _no_signature(path))
    key = signers.fingerprint(blob)
    signer = next((one for one in trusted if one.blob == blob), None)
    if signer is None:
        names = ", ".join(dict.fromkeys(one.name for one in trusted))
        what = f"{path} is signed with {key}, which belongs to none of the signers ({names})"
        return Verdict(REFUSED, f"{what}; sign it with one of their keys", key=key)
    state, why = _checked(signers.signed_line(data), signature, signer, env)
    if state == VERIFIED:
        return Verdict(VERIFIED, "", signer.name, key)
    if state == REFUSED:
        what = f"{path} differs from the file that {signer.name} signed ({why})"
        return Verdict(REFUSED, f"{what}; download it and its signature again", signer.name, key)
    return Verdict(UNKNOWN, f"{path} can't be verified: {why}", "", key)


def _checked(
    line: bytes, signature: bytes, signer: Signer, env: Mapping[str, str]
) -> tuple[str, str]:
    """The verdict of ssh-keygen on the signature of a line: the state, and why it is not
    verified."""
    from homelab.system.child import Child

    tool = "ssh-keygen"
    try:
        with _temporary("homelab-verify.") as folder:
            allowed, signed = f"{folder}/allowed_signers", f"{folder}/signature"
            files.write(allowed, f"{signer.name} {signer.key}\n".encode(), 0o600)
            files.write(signed, signature, 0o600)
            command = [tool, "-Y", "verify", "-f", allowed, "-I", signer.name]
            command += ["-n", signers.NAMESPACE, "-s", signed]
            child = Child(command, env, line, seconds=30)
            try:
                code, out, err = child.run()
            finally:
                child.end()  # otherwise it goes on after a signal to us
    except TimeoutError:
        return UNKNOWN, "ssh-keygen did not finish within 30 s; try again"
    except OSError as error:
        if error.filename != tool:
            what = f"the folder for temporary files can't be written: {error.strerror}"
            return UNKNOWN, f"{what}; free some space there"
        if isinstance(error, FileNotFoundError):
            return UNKNOWN, f"ssh-keygen is not installed; {_TOOL}"
        return UNKNOWN, f"ssh-keygen can't be run: {error.strerror}; {_TOOL}"
    told = (err.text().strip().splitlines() or ["no reason given"])[0]
    if code == 0 and out.text().startswith(f'Good "{signers.NAMESPACE}" signature for '):
        return VERIFIED, ""
    if "Could not verify signature" in out.text():
        return REFUSED, told
    # ssh-keygen before 8.1 does not know -Y, and prints its usage
    return UNKNOWN, f"ssh-keygen: {told}; {_TOOL}"


def _temporary(prefix: str) -> TemporaryDirectory[str]:
    """Make a folder for this account alone, which is deleted after its block. Root's is in /tmp,
    whatever TMPDIR says: that may come from another account (sudo -E), which could replace the
    folder."""
    import tempfile

    return tempfile.TemporaryDirectory(prefix=prefix, dir=None if os.geteuid() else "/tmp")


def accepted(
    copy: Copy,
    signature: bytes,
    unused: str,
    prefix: Prefix,
    env: Mapping[str, str],
    unverified: bool,
) -> str:
    """Let the copy that is installed below the prefix check its replacement, with its own signers.
    `unused` is why the file beside the copy is not used as its `signature`, or "". Returns a
    sentence if nothing was checked, else "". Raises Failure (1) if it refuses, and (69) if it can't
    tell.

    It gets the bytes that we hold in memory, in a folder of our own, so that it checks exactly the
    bytes that are installed, even if the running file is replaced meanwhile.
    """
    target = prefix.target()
    installed = os.path.realpath(target or prefix.link)
    if files.same(installed, copy.data):
        return ""
    state, said = signers.FIRST, ""
    if begins(installed, MARK) or (target and os.path.isfile(installed)):
        state = signers.SKIPPED
        if not unverified:
            state, said = _asked(installed, copy, signature, env)
    if signers.accepts(state):
        return signers.unchecked(copy.path, state, bool(signature))
    what = (state == REFUSED and unused) or said or f"{installed} could not check {copy.path}"
    code = UNREACHABLE if state == UNKNOWN else NO
    raise Failure(code, f"{what}; nothing was installed (--unverified installs anyway)")


def _asked(installed: str, copy: Copy, signature: bytes, env: Mapping[str, str]) -> tuple[str, str]:
    """The verdict of `self verify` of an installed copy on this one: the state, and its
    sentence."""
    try:
        ownership.check(installed)
        with _temporary("homelab-install.") as folder:
            path = f"{folder}/homelab.pyz"
            files.write(path, copy.data, 0o600)
            if signature:
                files.write(path + signers.SUFFIX, signature, 0o600)
            code, out, err = _run(installed, ["self", "verify", "--no-header", path], env)
    except ownership.Untrusted as error:
        return "", f"{installed} is not run to check {copy.path}: {error.strerror}"
    except OSError as error:
        what = f"{copy.path} can't be passed to {installed}: {error.strerror}"
        return UNKNOWN, f"{what}; free some space in the folder for temporary files"
    state = (out.split() or [""])[0]
    if state == VERIFIED and code != DONE:
        state = ""
    if code == USAGE and _run(installed, ["version"], env)[1].startswith("homelab "):
        state = signers.OLD
    told = (err.strip().splitlines() or [""])[-1]
    if not told.startswith("homelab: "):
        return state, ""
    return state, told[len("homelab: ") :].replace(path, copy.path)


def _run(installed: str, words: list[str], env: Mapping[str, str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of an installed copy. It is read by sh, so that a copy that has
    lost its mode can answer too."""
    from homelab.system.child import Child

    child = Child(["sh", installed, *words], {**env, "HOMELAB_TELEMETRY": "0"}, seconds=60)
    try:
        code, out, err = child.run()
    except TimeoutError:
        return TIMEOUT, "", f"homelab: {installed} did not finish within 60 s"
    finally:
        child.end()  # otherwise it goes on after a signal to us
    return code, out.text(), err.text()
