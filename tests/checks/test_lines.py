"""The `[checks]` section: lines become command lines, thresholds, ignores, or one sentence."""

from __future__ import annotations

import re

import pytest
from support.world import ROOT

from homelab import settings, times
from homelab.checks import answers, lines
from homelab.checks.kinds import KEYS, KINDS, NAMED_BY, THRESHOLDS
from homelab.errors import UNCONFIGURED, Failure
from homelab.verbs import BUILT_IN

NOW = 1_795_000_000 * times.SECOND


def plan(text: str) -> lines.Plan:
    found = settings.entries(f"[checks]\n{text}", "config.ini").get("checks", [])
    return lines.parse(found, BUILT_IN.find, NOW)


def mistakes(text: str) -> list[str]:
    with pytest.raises(Failure) as failure:
        plan(text)
    assert failure.value.code == UNCONFIGURED
    below = [line.removeprefix("homelab: ") for line in failure.value.below.split("\n") if line]
    return [failure.value.sentence, *below]


def test_every_key_is_a_verb_of_this_version_that_gives_states() -> None:
    for key in KINDS:
        verb = BUILT_IN.verb(KINDS[key].path)
        assert verb.effect == "read"
        assert verb.answers == (0, 1, 69)
        assert verb.schema
    for path, kind in NAMED_BY.values():
        assert BUILT_IN.verb(path).path == path
        assert kind.key in KINDS


def test_every_named_threshold_is_an_option_of_its_verb() -> None:
    for options in THRESHOLDS.values():
        for key, option in options:
            verb = BUILT_IN.verb(KINDS[key].path)
            assert option in [each.name for each in verb.arguments]
    assert len(set(KEYS)) == len(KEYS)


def test_a_line_is_the_command_line_of_a_verb_without_the_verb() -> None:
    found = plan("cert = nas.lan mail.lan:25 --warn 30d\nservice = nas.lan --contains 'Disk #1'\n")
    assert [answers.described(line) for line in found.lines] == [
        "host status",
        "cert check nas.lan mail.lan:25 --warn 30d",
        "service check nas.lan --contains 'Disk #1'",
    ]
    assert [line.source for line in found.lines] == ["", "config.ini:2", "config.ini:3"]
    assert found.lines[2].words == ["nas.lan", "--contains", "Disk #1"]


def test_words_are_divided_as_a_shell_does_it_and_nothing_is_run() -> None:
    found = plan("own = dns \"a b\" c\\ d '$(id)' $HOME `id` *.txt;x\n")
    assert found.lines[1].words == [
        "dns", "a b", "c d", "$(id)", "$HOME", "`id`", "*.txt;x",
    ]  # fmt: skip


def test_a_key_may_be_on_several_lines_and_the_order_stays() -> None:
    found = plan("port = b:1\ncert = c\nport = a:1\nhost = --load 3\n")
    assert [(line.key, line.words) for line in found.lines] == [
        ("host", ["--load", "3"]),
        ("port", ["b:1"]),
        ("cert", ["c"]),
        ("port", ["a:1"]),
    ]


@pytest.mark.parametrize("key", ["timer", "job", "update", "host", "container", "health"])
@pytest.mark.parametrize("text", ["", "yes"])
def test_a_kind_without_operands_needs_no_words(key: str, text: str) -> None:
    (*_, line) = plan(f"{key} = {text}\n").lines
    assert (line.key, line.words, line.label) == (key, [], KINDS[key].path)


def test_vitals_are_checked_unless_they_are_switched_off() -> None:
    assert [line.key for line in plan("").lines] == ["host"]
    assert [line.key for line in plan("host = no\n").lines] == []
    assert mistakes("host = no\nhost = --load 3\n") == [
        "config.ini:3: host is on two lines; keep one of them"
    ]


@pytest.mark.parametrize("key", [*KINDS, "plugin"])
@pytest.mark.parametrize("text", ["no", "No", "off", "false"])
def test_no_leaves_a_kind_out_and_so_overrides_the_lines_of_etc(key: str, text: str) -> None:
    assert [line.key for line in plan(f"{key} = {text}\n").lines if line.key != "host"] == []
    if key in KINDS and key != "host":
        word = "yes" if key == "update" else "nas.lan:22"
        (said,) = mistakes(f"{key} = {word}\n{key} = {text}\n")
        assert said == f"config.ini:3: {key} = no and another line of {key}; keep one of them"


def test_a_word_in_quotes_may_begin_with_a_hash() -> None:
    found = plan("service = nas.lan --contains '#1'\nunit = \"no\"\nown = dns ';'\n")
    assert [line.words[-1] for line in found.lines[1:]] == ["#1", "no", ";"]


def test_a_named_threshold_is_for_all_lines_of_its_kind_and_an_option_wins() -> None:
    found = plan("cert_warn = 30d\nmemory_used = 95\ncert = a\ncert = b --warn 7d\nservice = c\n")
    assert [answers.described(line) for line in found.lines] == [
        "host status --memory=95",
        "cert check --warn=30d a",
        "cert check --warn=30d b --warn 7d",
        "service check --warn=30d c",
    ]


def test_own_verbs_and_plugins_may_have_a_name() -> None:
    found = plan(
        "own = dns nas\nown = --name x dns\nplugin = --name=y /p -w 5\nown = no\nhost = no\n"
    )
    assert [(line.key, line.name, line.words) for line in found.lines] == [
        ("own", "", ["dns", "nas"]),
        ("own", "x", ["dns"]),
        ("plugin", "y", ["/p", "-w", "5"]),
    ]
    assert not found.own
    assert plan("").own


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("certs = nas", "[checks] has no key 'certs'; did you mean cert?"),
        ("Cert = nas", "keys are written in lower case; write cert"),
        ("pass word! = nas", "[checks] has no such key (known: backup, cert, "),
        ("cert =", "cert: TARGET is missing"),
        ("cert = nas --wran 3d", "cert: no such option: --wran; did you mean --warn?"),
        ("cert = nas --warn soon", "cert: --warn: not a duration: 'soon' (use "),
        ("cert = 'nas", "a quote is not closed; "),
        ("cert = nas\\", "a backslash ends the line; "),
        ("cert = nas # mine", "a comment follows the value; move the comment to a line of its own"),
        ("cert = nas #mine", "a comment follows the value; move the comment to a line of its own"),
        ("unit = a.service ; b", "a comment follows the value; move the comment to a line of its"),
        ("unit = a\0b", "it contains a NUL character; remove that"),
        ('own = ""', "own names nothing; write an own verb: own = VERB ARGUMENTS"),
        ("cert = nas --json", "cert: --json is for homelab check itself; remove it here"),
        ("cert = nas -o csv", "cert: --csv is for homelab check itself; remove it here"),
        ("host = --load high", "host: --load: 'high' is not a number from 0 up"),
        ("host = nas", "host: unexpected argument: nas"),
        ("cert_warn = 30", "cert_warn: '30' has no unit (use 30s, 30m)"),
        ("disk_used = 300", "disk_used: '300' is not a percentage from 0 to 100"),
        ("disk = yes --disk 80 --mounted=x", "disk: "),
        ("disk =", "disk names nothing to check; see homelab help disk usage"),
        ("backup = --max 2d", "backup names nothing to check; see homelab help backup age"),
        ("unit =", "unit: NAME is missing"),
        ("own =", "own names nothing; write an own verb: own = VERB ARGUMENTS"),
        ("own = --name", "own: --name: a value is missing"),
        ("plugin = check_load", "plugin: write the whole path of the plugin, which begins with /"),
        ("plugin =", "plugin names nothing; write a plugin: plugin = /usr/lib/nagios/plugins/"),
        ("ignore = foo until 2027-01-31: x", "ignore begins with a kind of check (backup, cert, "),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_with_its_line(line: str, sentence: str) -> None:
    (said,) = mistakes(line)
    assert said.startswith(f"config.ini:2: {sentence}")


def test_all_mistakes_are_told_in_their_order_and_not_without_end() -> None:
    text = "cert =\nload = x\nport = nas:22\nignore = x\nload = 3\n"
    assert [said.partition(": ")[0] for said in mistakes(text)] == [
        "config.ini:2", "config.ini:3", "config.ini:5", "config.ini:6",
    ]  # fmt: skip
    many = mistakes("cert =\n" * 60)
    assert len(many) == 51
    assert many[-1] == "10 more lines of [checks] have mistakes"


SECRETS = [
    ("service = https://me:hunter2@nas.lan/", "--file FILE"),
    ("service = me:hunter2@nas.lan", "--file FILE"),
    ("service = https://nas.lan/health?token=hunter2", "--file FILE"),
    ("cert = https://me:hunter2@nas.lan/", "remove it"),
    ("backup = restic:rest:https://me:hunter2@nas.lan/r", "RESTIC_REPOSITORY_FILE"),
    ("backup = /srv restic:s3:KEY:hunter2@/r --max 3d", "RESTIC_REPOSITORY_FILE"),
    ("backup = borg:ssh://me:hunter2@nas.lan/r", "BORG_REPO"),
]


@pytest.mark.parametrize(("line", "remedy"), SECRETS)
def test_a_password_in_a_line_is_refused_and_not_shown(line: str, remedy: str) -> None:
    """Arguments of a process can be read by all accounts."""
    [sentence] = mistakes(f"{line}\n")
    key = line.partition(" ")[0]
    assert sentence.startswith(f"config.ini:2: {key}: ")
    assert remedy in sentence
    assert "hunter2" not in sentence


def test_an_address_without_a_password_is_not_refused() -> None:
    found = plan(
        "service = https://nas.lan/@me/x?format=json --contains me@nas\n"
        "backup = restic:sftp:me@nas.lan:/r borg:ssh://borg@nas.lan/./r ./a@b\n"
        "unit = wg-quick@wg0.service\nplugin = /p -p secret\n"
    )
    assert len(found.lines) == 5
    for line in found.lines:
        assert "secret" not in answers.described(line)
    (_, line) = plan("cert = me:secret@nas.lan\n").lines
    assert "secret" not in line.label + answers.described(line)
    (_, line) = plan("backup = borg:me@nas:/srv\n").lines
    assert line.label == "borg:me@nas:/srv"


def test_programs_of_one_name_are_told_apart_by_their_arguments() -> None:
    bases = [("dns", "dns"), ("disk", "disk / -w 5"), ("disk", "disk /srv")]
    assert lines.names(bases) == ["dns", "disk / -w 5", "disk /srv"]
    assert lines.names([("load", "load"), ("dns", "dns"), ("load", "load")]) == [
        "load 1", "dns", "load 2",
    ]  # fmt: skip


def test_the_page_has_each_key_with_its_verb_and_each_threshold_with_its_default() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    verbs = dict(re.findall(r"^\| `([a-z_]+) = [^`]*` \| `([^`]+)` \|", page, flags=re.M))
    kinds = {key: " ".join((kind.path, *kind.fixed)) for key, kind in KINDS.items()}
    assert {key: verb for key, verb in verbs.items() if verb[:2] != "--"} == kinds
    said = re.findall(r"^\| `([a-z_]+) = [^`]*` \| `(--[a-z]+)` of (.*) \| (.*) \|", page, re.M)
    assert {name for name, *_ in said} == set(THRESHOLDS)
    for name, option, of, default in said:
        assert {found for _, found in THRESHOLDS[name]} == {option}
        assert {key for key, _ in THRESHOLDS[name]} == set(re.findall("`([a-z]+)`", of))
        for key in {key for key, _ in THRESHOLDS[name]}:
            for argument in BUILT_IN.verb(KINDS[key].path).arguments:
                if argument.name == option and argument.default:
                    assert argument.default == default


def test_the_example_of_a_lab_is_right() -> None:
    text = (ROOT / "docs/examples/lab/config.ini").read_text()
    found = lines.parse(settings.entries(text, "config.ini")["checks"], BUILT_IN.find, NOW)
    assert [line.key for line in found.lines] == [
        "host", "cert", "service", "port", "disk", "unit", "health", "timer", "backup", "plugin",
    ]  # fmt: skip
