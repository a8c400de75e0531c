"""Pseudonyms: which key counts, how a name becomes one, and who may choose it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.loki.server import SILENCE
from support.lab import Lab
from support.world import ROOT

from homelab.errors import Failure
from homelab.settings import Settings, parse
from homelab.telemetry import pseudonym
from homelab.telemetry.account import account, label, labels

KEY = "correct horse battery staple\n"


def settings(user: str = "", system: str = "", folder: Path = Path("/none")) -> Settings:
    """The settings of two files with these texts below [telemetry]."""
    files = []
    for source, text in (("user", user), ("system", system)):
        path = folder / f"{source}.ini"
        if text:
            path.write_text(f"[telemetry]\n{text}\n")
        files.append((source, str(path)))
    return Settings({}, tuple(files), {})


def test_a_pseudonym_is_the_same_for_the_same_key_and_name_and_for_no_other() -> None:
    made = {pseudonym.of(key, name) for key in (b"k" * 16, b"l" * 16) for name in ("ann", "ben")}
    assert len(made) == 4
    assert all(re.fullmatch("u-[A-Z2-7]{12}", text) for text in made)
    assert pseudonym.of(b"k" * 16, "ann") == "u-KIR37WUOH4G7"  # on every host, in every version
    assert pseudonym.of(b"k" * 16, "zo\udcebe") != pseudonym.of(b"k" * 16, "zoe")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "can't be read: No such file or directory"),
        ("", "has fewer than 16 bytes"),
        ("fifteen letters\n\n\n", "has fewer than 16 bytes"),
        ("x" * 4097, "is longer than 4096 bytes"),
        ("a folder", "can't be read: Is a directory"),
        ("a pipe", "can't be read: it is not a regular file"),
    ],
)
def test_an_invalid_key_file_is_named_and_not_quoted(
    text: str | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    if text == "a folder":
        path.mkdir()
    elif text == "a pipe":
        os.mkfifo(path)
    elif text is not None:
        path.write_text(text)
    with pytest.raises(Failure) as caught:
        pseudonym.key(settings(f"account_key_file = {path}", folder=tmp_path))
    assert caught.value.code == 78
    assert caught.value.sentence.startswith(f"no key for pseudonyms: {path} {why}; ")
    assert not text or text not in caught.value.sentence or text.startswith("a ")


@pytest.mark.parametrize("text", ["", "account_key_file = key"])
def test_a_key_must_be_named_by_its_whole_path(text: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    with pytest.raises(Failure, match=r"is unset; set|is not an absolute path; write"):
        pseudonym.key(settings(text, folder=tmp_path))


def test_blanks_around_a_key_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "key"
    found = set()
    for text in (KEY, KEY.strip(), f" {KEY}\r\n"):
        path.write_bytes(text.encode())
        found.add(pseudonym.key(settings(f"account_key_file = {path}", folder=tmp_path)))
    assert found == {KEY.strip().encode()}


@pytest.mark.parametrize(
    ("user", "system", "baked", "source"),
    [
        ("", "", "", "default"),
        ("account = pseudonym", "", "", "user"),
        ("account = pseudonym", "account = name", "name", "user"),
        ("account = name", "account = pseudonym", "", "system"),
        ("account = name", "", "Pseudonym", "baked"),
        ("account = name", "account = name", "", "user"),
    ],
)
def test_the_stricter_choice_wins(
    user: str, system: str, baked: str, source: str, tmp_path: Path
) -> None:
    chosen = settings(user, system, tmp_path)
    chosen._baked = {"telemetry.account": baked}
    value = chosen.value("telemetry.account")
    strict = "seudonym" in user + system + baked
    assert (value.text, value.source) == ("pseudonym" if strict else "name", source)


def test_another_choice_is_broken() -> None:
    with pytest.raises(Failure, match="account must be name or pseudonym; "):
        parse("[telemetry]\naccount = hash\n", "x")


def test_the_label_is_never_the_name_for_want_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    chosen = settings(f"account = pseudonym\naccount_key_file = {path}", folder=tmp_path)
    with pytest.raises(Failure):
        label(chosen)
    assert labels(chosen, "ann") == ("ann",)
    path.write_text(KEY)
    assert label(chosen) == pseudonym.of(KEY.strip().encode(), account())
    assert labels(chosen, "ann") == ("ann", pseudonym.of(KEY.strip().encode(), "ann"))
    assert label(settings()) == account()


def test_names_need_no_hash() -> None:
    """A start that sends names loads nothing for pseudonyms."""
    text = (
        "import sys; from homelab.settings import Settings; from homelab.telemetry import account,"
        " consent; found = Settings({}, (), {}); consent.verdict({}, found);"
        " account.label(found); account.labels(found, 'x');"
        " print({'hmac', 'hashlib', 'homelab.telemetry.pseudonym'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", text],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "set()\n"


def _pseudonymous(lab: Lab, tmp_path: Path) -> str:
    """Let the lab send a pseudonym from now on; return it."""
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "user.ini").write_text(
        f"[telemetry]\naccount = pseudonym\naccount_key_file = {tmp_path}/key\n"
    )
    env = {"HOMELAB_LOKI_URL": lab.loki.url}
    lab.settings = Settings(env, (("user", str(tmp_path / "user.ini")),), {})
    return label(lab.settings)


def test_waiting_events_are_sent_under_the_present_label(lab: Lab, tmp_path: Path) -> None:
    moment = lab.happen()
    made = _pseudonymous(lab, tmp_path)
    lab.drain()
    assert [labels["user"] for labels in lab.counted(moment)] == [made]
    assert lab.book().user == made


def test_an_event_maybe_stored_under_the_name_is_not_sent_under_a_pseudonym(
    lab: Lab, tmp_path: Path
) -> None:
    """The event would be counted twice, and connect the pseudonym to the name."""
    lab.happen()
    lab.drain()
    lost = lab.happen(age=1, verb="config")
    lab.loki.hook = lambda request: SILENCE if lab.loki.answer(request).status else None
    lab.drain()
    lab.loki.hook = None
    new = lab.happen(age=2, verb="logs query")
    made = _pseudonymous(lab, tmp_path)
    lab.now += 600 * 10**9
    lab.drain()
    assert [labels["user"] for labels in lab.counted(lost)] == [account()]
    assert [labels["user"] for labels in lab.counted(new)] == [made]
    assert (lab.book().delivered, lab.book().dropped) == (2, 1)
    assert "label changed" in lab.book().reason
