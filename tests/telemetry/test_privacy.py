"""Private by construction: canaries everywhere, none in any byte that leaves; and `off` sends
nothing."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.loki.server import FakeLoki
from hypothesis import given
from hypothesis import strategies as st
from support.reading import until
from support.world import World

from homelab.catalogue.arguments import parse
from homelab.context import Context
from homelab.dispatch import Run, choose
from homelab.errors import Failure
from homelab.settings import Settings
from homelab.telemetry import event, outbox, to_loki, vocabulary
from homelab.telemetry.vocabulary import WISHES
from homelab.verbs import BUILT_IN
from homelab.verbs.usage.vocabulary import vocabulary as printed

CANARY = "canary7f3a"


def _poisoned(world: World, loki: FakeLoki) -> dict[str, str]:
    """Make an environment, a home and a working directory that are full of canaries."""
    world.folder = world.folder / CANARY
    home = world.folder / f"home-{CANARY}"
    home.mkdir(parents=True)
    world.home.rename(home)
    world.home = home
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        world.env[name] = str(home / name.lower())
    account = dict.fromkeys(
        ("USER", "LOGNAME", "USERNAME", "SUDO_USER", "HOSTNAME", "MAIL"), CANARY
    )
    secrets = {"API_KEY": CANARY, f"{CANARY}": "1", "HOMELAB_LOKI_TENANT": "lab"}
    return {**account, **secrets, "HOME": str(home), "HOMELAB_LOKI_URL": loki.url}


# verbs that would otherwise write outside of the test's own world, or never end
_WITH = {
    "job run": ["nightly", "--", "true"],
    "logs tail": ["--for", "1s"],
    "self install": ["--prefix", "prefix"],
}
_COMMANDS = [
    *([*verb.path.split(" "), *_WITH.get(verb.path, ())] for verb in BUILT_IN.every()),
    *([*verb.path.split(" "), f"--{CANARY}"] for verb in BUILT_IN.every()),
    *([*verb.path.split(" "), CANARY, "--since", CANARY] for verb in BUILT_IN.every()),
    ["logs", "query", f'{{a="{CANARY}"}}'],
    ["usage", "top", "--user", CANARY],
    [CANARY],
    [CANARY, CANARY],
    ["logs", CANARY],
    ["restore", CANARY],
    [f"mine-{CANARY}", CANARY],
    ["nas", CANARY],
    ["nas", f"x{CANARY}"],
]


def test_no_canary_in_any_byte_that_leaves(world: World, loki: FakeLoki) -> None:
    env = _poisoned(world, loki)
    verbs = Path(world.env["XDG_DATA_HOME"]) / "homelab/verbs"
    for name in (f"mine-{CANARY}", f"nas/{CANARY}.sh"):
        path = verbs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {CANARY}\nexit 4\n")
        path.chmod(0o755)
    for words in _COMMANDS:
        world.run(*words, **env)
    outbox = Path(world.env["XDG_STATE_HOME"]) / "homelab/outbox"
    assert until(lambda: os.listdir(outbox) == ["lock"])
    pushes = [request for request in loki.requests if request.path == "/loki/api/v1/push"]
    for push in pushes:  # their number depends on the machine: one may carry many runs
        said = repr((push.method, push.path, push.query, push.headers, push.body))
        assert CANARY not in said
        assert os.uname().nodename not in said
    entries = loki.entries('{job="homelab-usage"}')
    assert len(entries) > len(_COMMANDS) / 2
    labels = {entry[0]["verb"] for entry in entries}
    assert {"(personal)", "(unknown)", "(unknown) restore", "config"} <= labels
    kept = [path for path in outbox.parent.rglob("*") if path.is_file()]
    assert not any(CANARY in path.name or CANARY in path.read_text() for path in kept)


def test_nor_in_the_journal(world: World, loki: FakeLoki) -> None:
    env = _poisoned(world, loki)
    del env["HOMELAB_LOKI_URL"]
    for words in ([CANARY], ["logs", "query", CANARY], ["config", f"--{CANARY}"]):
        world.run(*words, **env)
    journal = Path(world.env["XDG_STATE_HOME"]) / "homelab/usage.log"
    assert len(journal.read_text().splitlines()) == 3
    assert CANARY not in journal.read_text()


@pytest.mark.long("every verb, three ways, twice")
def test_no_secret_is_ever_printed(world: World, loki: FakeLoki) -> None:
    secrets = {"HOMELAB_LOKI_PASSWORD": CANARY, "HOMELAB_LOKI_TOKEN": CANARY}
    loki.hook = None
    for words in _COMMANDS:
        if CANARY not in " ".join(words):
            for mode in ("1", "print"):
                env = {**secrets, "HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY": mode}
                done = world.run(*words, HOMELAB_DEBUG="1", **env)
                assert CANARY not in done.stdout + done.stderr


@given(st.text())
def test_a_word_leaves_by_name_only_if_the_public_list_has_it(word: str) -> None:
    listed = vocabulary.listed(word)
    assert event.of_unknown(word).text == f"(unknown) {listed}".rstrip()
    assert event.of_personal(word).text == f"(personal) {listed}".rstrip()
    assert listed in {"", *WISHES}
    assert event.of_unknown("df", group=word, groups=BUILT_IN.groups).text in {
        "(unknown) df", *(f"(unknown) {group} df" for group in BUILT_IN.groups)
    }  # fmt: skip


@given(st.lists(st.text(max_size=8), max_size=4))
def test_an_installed_path_is_words_of_verbs_or_nothing(words: list[str]) -> None:
    assert re.fullmatch(
        r"[a-z0-9-]+( [a-z0-9-]+)*|\(unknown\)|", event.of_installed(tuple(words)).text
    )


@given(st.text(), st.integers())
def test_an_event_is_built_from_a_label_and_an_integer_alone(text: str, code: int) -> None:
    with pytest.raises(TypeError):
        event.Label(object(), text)
    with pytest.raises(AttributeError):
        event.Event(0, text, code)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r".*"):
        event.Event(0, event.UNKNOWN, f"x{text}")  # type: ignore[arg-type]
    assert event.Event(0, event.UNKNOWN, code).line() == f"exit={code} ver=0.6.0"


_TYPED = st.one_of(
    st.sampled_from(sorted(WISHES)),
    st.sampled_from(sorted(BUILT_IN.paths())).map(lambda path: path.split(" ")[-1]),
    st.sampled_from([*BUILT_IN.groups, "Docker", "certs", "NAS", CANARY, "hunter2", "--x", "a b"]),
    st.text("abz09-_ \u212a", max_size=6),
)
_WORDS = st.lists(st.text("abcs-", min_size=1, max_size=4), min_size=1, max_size=2)
_HEADERS = st.sampled_from(
    ["", "# Counts-as: backup\n", "# counts-as: Backups\n", f"# Counts-as: {CANARY}\n"]
)


class _Chosen(Run):
    """A run that never begins: it keeps only the label."""

    def counted(self, label: event.Label | event.OwnName | None) -> None:
        self.label = label


def _printed(context: Context) -> re.Pattern[str]:
    """The labels that `usage vocabulary` prints, in which WORD is any word of its list."""
    labels = [
        str(row[0])
        for row in printed(context, parse(BUILT_IN.verb("usage vocabulary"), [], 0)).rows
    ]
    labels.remove("(installed path)")
    named = [label[10:] for label in labels if label.startswith("(unknown) ")]
    words = [name for name in named if "WORD" not in name]
    return re.compile("|".join(map(re.escape, labels)).replace("WORD", f"({'|'.join(words)})"))


_PRINTED = _printed(Context([], {}, io.StringIO(), io.StringIO(), BUILT_IN))


def _labels(argv: list[str], env: dict[str, str]) -> tuple[str, str]:
    """The label of a command line's run ("" for one that is not counted), and the own name."""
    streams = io.StringIO(), io.StringIO()
    context = Context(
        argv, env, *streams, BUILT_IN, system_settings="/nosuch", system_verbs="/nosuch"
    )
    run = _Chosen()
    try:
        choose(context, run)
    except Failure:
        return "", ""
    if isinstance(run.label, event.OwnName):
        return run.label.label.text, run.label.name
    return (run.label.text if run.label else ""), ""


@given(
    st.lists(_TYPED, min_size=1, max_size=4),
    st.lists(st.tuples(_WORDS, _HEADERS), max_size=3),
    st.booleans(),
)
def test_every_label_is_in_the_printed_vocabulary(
    typed: list[str], dropins: list[tuple[list[str], str]], by_name: bool
) -> None:
    """Random command lines, before and after random own verbs."""
    with tempfile.TemporaryDirectory() as home:
        for words, header in dropins:
            path = Path(home, ".local/share/homelab/verbs", *words)
            if not path.exists() and not path.parent.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"#!/bin/sh\n{header}")
        env = {"HOME": home, "HOMELAB_TELEMETRY_PERSONAL": "words" if by_name else ""}
        for argv in (typed, *([*words, *typed] for words, _ in dropins)):
            label, name = _labels(argv, env)
            if label:
                assert _PRINTED.fullmatch(label)
                assert event.is_sendable(label, "exit=0 ver=0.6.0")
                assert " ".join(argv).startswith(name)


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("df", "(unknown) df"),
        ("DF -h", "(unknown) df"),
        ("certs", "(unknown) cert"),
        ("Certificates check nas", "(unknown) cert"),
        ("databases", "(unknown) database"),
        ("container restart plex", "(unknown) container restart"),
        ("containers Restarts plex", "(unknown) container restart"),
        ("container ls", "(unknown) container ls"),
        ("container plexx", "(unknown)"),
        ("docker plex", "(unknown) docker"),
        ("log nginx", "(unknown) log"),
        ("restore nas", "(unknown) restore"),
        ("host staus", "(unknown)"),
        ("hunter2", "(unknown)"),
        ("hunter2 restart", "(unknown)"),
        ("unit hunter2", "(unknown)"),
    ],
)
def test_an_unknown_word_is_named_with_its_group_by_the_lists_own_spelling(
    words: str, label: str
) -> None:
    assert _labels(words.split(), {}) == (label, "")


@pytest.mark.parametrize(
    ("name", "header", "by_name", "label"),
    [
        ("media/backup", "", "", "(personal)"),
        ("media/backup", "", "words", "(personal) backup"),
        ("docker-updates", "", "WORDS", "(personal) update"),
        ("plex-nginx", "", "words", "(personal) plex"),
        ("hunter2", "", "words", "(personal)"),
        ("media/backup", "", "no", "(personal)"),
        ("x", "# Counts-as: backup", "", "(personal) backup"),
        ("plex", "# counts-as:  Backups", "words", "(personal) backup"),
        ("plex", "# Counts-as: hunter2", "words", "(personal)"),
        ("plex", "echo\n# Counts-as: backup", "", "(personal)"),
    ],
)
def test_an_own_script_counts_as_a_public_word_if_its_account_says_so(
    name: str, header: str, by_name: str, label: str, tmp_path: Path
) -> None:
    script = tmp_path / ".local/share/homelab/verbs" / name
    script.parent.mkdir(parents=True)
    script.write_text(f"#!/bin/sh\n{header}\n")
    env = {"HOME": str(tmp_path), "HOMELAB_TELEMETRY_PERSONAL": by_name}
    words = name.split("/")
    assert _labels([*words, "hunter2"], env) == (label, " ".join(words))


def test_files_that_another_account_can_change_name_no_word(tmp_path: Path) -> None:
    script = tmp_path / ".local/share/homelab/verbs/x"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\n# Counts-as: backup\n")
    script.chmod(0o777)
    assert _labels(["x"], {"HOME": str(tmp_path)}) == ("(personal)", "x")


@given(st.lists(st.text(max_size=8), max_size=4), st.integers(0, 255))
def test_an_own_name_is_taken_by_no_sender(words: list[str], code: int) -> None:
    own = event.OwnName(tuple(words), event.PERSONAL)
    with pytest.raises(AttributeError):
        event.Event(0, own, code)  # type: ignore[arg-type]
    run = event.OwnRun(0, own, code)
    assert not any(hasattr(run, name) for name in ("record", "line", "entry", "verb"))
    found = event.decode_record(run.own_record())
    assert found is not None
    assert event.is_sendable(found[1], found[2]) == (not own.name)
    assert event.shown_verb(found[1], own_names=False) == "(personal)"
    assert event.shown_verb(found[1], own_names=True) == (own.name or "(personal)")


class _Calm:
    """A replacement for `foreground.Undisturbed`, which blocks this process's signals."""

    def done(self, step: Callable[[], object]) -> bool:
        step()
        return True


def test_an_outbox_takes_no_own_name(tmp_path: Path) -> None:
    run = event.OwnRun(10**18, event.OwnName(("media", "backup"), event.PERSONAL), 0)
    with pytest.raises(ValueError, match="never sent"):
        outbox.append(str(tmp_path), run.own_record())
    with pytest.raises(AttributeError):
        to_loki.write(run, Settings({}, (), {}), str(tmp_path), _Calm())  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        to_loki.shown(run, Settings({}, (("user", ""),), {}))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_own_verbs_have_their_names_in_the_accounts_journal_alone(
    world: World, loki: FakeLoki
) -> None:
    world.dropin("media/backup", "#!/bin/sh\n# Counts-as: backup\n")
    world.run("media", "backup")
    assert world.events() == ["exit=0 ver=0.6.0 verb=(own) media backup"]
    for words in (
        ["top"],
        ["trend"],
        ["export", "--accounts"],
        ["report", "-o", "-", "--accounts"],
    ):
        assert "media backup" in world.run("usage", *words).stdout
    for words in (["export"], ["report", "-o", "-"]):
        handed_on = world.run("usage", *words).stdout
        assert "(personal)" in handed_on
        assert "media backup" not in handed_on
        assert "(own)" not in handed_on
    world.run("media", "backup", HOMELAB_LOKI_URL=loki.url)
    assert until(lambda: loki.entries('{verb="(personal) backup"}'))
    assert not any(b"media" in request.body for request in loki.requests)


def _traced(world: World, *words: str, **env: str) -> list[str]:
    """The system calls of a run and its children with an effect outside: sockets, processes, files
    made, opened for writing, renamed or removed. (sendfile is how the program's own file is copied
    into memory at its start.)"""
    trace = world.folder / "trace"
    subprocess.run(
        ["strace", "-f", "-qq", "-o", str(trace), "-e",
         "trace=network,process,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,link,symlink",
         sys.executable, world.pyz, *words],
        env={**world.env, **env}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    calls = [line.partition(" ")[2].strip() for line in trace.read_text().splitlines()]
    reads = re.compile(
        r"open(at)?\(.*O_RDONLY(?!.*O_CREAT)|(execve|exit|exit_group|wait4|sendfile)\(|\+\+\+|---"
    )
    return [call for call in calls if not reads.match(call)]


@pytest.mark.needs("strace")
@pytest.mark.parametrize(
    "off", [{"HOMELAB_TELEMETRY": "0"}, {"DO_NOT_TRACK": "1"}], ids=["ours", "everybody's"]
)
@pytest.mark.parametrize("words", [["config"], ["restore"], ["logs", "query", "--nosuch"]])
def test_off_means_no_socket_no_fork_no_file(
    off: dict[str, str], words: list[str], world: World
) -> None:
    assert _traced(world, *words, HOMELAB_LOKI_URL="http://127.0.0.1:1", **off) == []
    assert _traced(world, *words, **off) == []


@pytest.mark.needs("strace")
def test_the_same_trace_sees_them_when_it_is_on(world: World) -> None:
    calls = " ".join(_traced(world, "config", HOMELAB_LOKI_URL="http://127.0.0.1:1"))
    assert "O_CREAT" in calls
    assert "clone" in calls or "fork" in calls
    assert "socket(" in calls


@pytest.mark.needs("strace")
def test_the_journal_is_one_file_and_no_socket_and_no_fork(world: World) -> None:
    world.state.mkdir(parents=True)
    (call,) = _traced(world, "config")
    assert "usage.log" in call


@pytest.mark.needs("strace")
def test_settings_that_say_no_open_nothing_for_writing(world: World) -> None:
    world.settings("[loki]\nurl = http://127.0.0.1:1\n[telemetry]\nenabled = no\n")
    assert _traced(world, "config") == []


def test_the_header_of_an_own_verb_is_read_for_its_journal_alone(
    world: World, loki: FakeLoki
) -> None:
    """The header declares the exit codes of the verb, and no query to a Loki contains them."""
    world.dropin("secret-affair", "#!/bin/sh\n# Answers: 0 3\nexit $1\n")
    for code in ("0", "3", "4", "4"):
        world.run("secret-affair", code)
    (row,) = json.loads(world.run("usage", "top", "--json").stdout)["rows"]
    assert (row["verb"], row["runs"], row["failed"]) == ("secret-affair", 4, 2)
    page = world.run("usage", "report", "-o", "-").stdout
    assert "50%" in page.partition("</dl>")[0]
    assert "affair" not in page
    env = {"HOMELAB_LOKI_URL": loki.url, "HOMELAB_TELEMETRY": "0"}
    for by in ("verb", "user", "version", "exit", "day"):
        world.run("usage", "top", "--by", by, **env)
    assert loki.requests
    assert not any("affair" in f"{request.path}{request.query}" for request in loki.requests)
    for words in ([], ["--min-users", "1"]):
        assert "affair" not in world.run("usage", "dashboard", *words, **env).stdout
