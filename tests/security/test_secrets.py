"""A user name, password or token in a URL is never shown, whatever is wrong with that URL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.speaking import Speaker, call
from support.world import ROOT, World, at_a_terminal

from homelab.errors import Failure
from homelab.loki.address import Address
from homelab.services.expected import USUAL, listed

WORD = "hunter2geheim"
LOKI = [  # possible values of loki.url with the secret in them
    f"http://alice:{WORD}@loki.lan",
    f"http://{WORD}@loki.lan:3100/",
    f"http://alice:{WORD} @loki.lan",
    f"alice:{WORD}@loki.lan",
    f"//alice:{WORD}@loki.lan",
    f"http:alice:{WORD}@loki.lan",
    f"http:///alice:{WORD}@loki.lan",
    f"http://alice:{WORD}%40loki.lan",
    f"http://alice:{WORD}\uff20loki.lan",
    f"http://alice:{WORD}\ufe6bloki.lan",
    f"http://alice:a/{WORD}@loki.lan",
    f"http://alice:a#{WORD}@loki.lan",
    f"http://alice:a?{WORD}@loki.lan",
    f"http://alice:a\\{WORD}@loki.lan",
    f"http://[alice:{WORD}@loki.lan",
    f"http://alice:{WORD}@[::1",
    f"http://alice:{WORD}@loki.lan:port",
    f"http://alice:{WORD}@",
    f"http://alice:a@{WORD}@loki.lan",
    f"ftp://alice:{WORD}@loki.lan",
    f"http://alice:{WORD}",
    f"http://loki.lan/?token={WORD}",
    f"http://loki.lan?{WORD}",
    f"http://loki.lan#{WORD}",
]
REFUSED = [url for url in LOKI if any(sign in url for sign in ("@", "%40", "\uff20", "\ufe6b"))]


@pytest.mark.parametrize("url", LOKI)
def test_no_error_about_an_address_repeats_its_secret(url: str) -> None:
    for origin in ("HOMELAB_LOKI_URL", "config.ini:2", "LOKI_ADDR", "site.ini"):
        with pytest.raises(Failure) as caught:
            Address(url, "", origin)
        assert caught.value.code == 78
        assert caught.value.sentence.startswith(f"{origin}: ")
        assert WORD not in caught.value.sentence
        assert "alice" not in caught.value.sentence
        if url in REFUSED:
            assert "set loki.username and loki.password_file instead" in caught.value.sentence
    with pytest.raises(Failure) as caught:
        Address("http://loki.lan", url.partition("//")[2] or url)
    assert WORD not in caught.value.sentence


@pytest.mark.parametrize("url", LOKI[:2] + LOKI[7:10] + LOKI[-4:])
def test_no_verb_shows_the_secret_of_a_loki(world: World, url: str) -> None:
    env = {"HOMELAB_LOKI_URL": url}
    runs = [
        world.run(*words.split(), **{**env, **more})
        for words, more in (
            ("config", {}),
            ("config --json", {"HOMELAB_LOKI_LB": url}),
            ("usage status", {}),
            ("usage status --csv", {"HOMELAB_LOKI_LB": url}),
            ("usage doctor", {"HOMELAB_DEBUG": "1"}),
            ("usage top", {}),
            ("logs labels", {}),
            ("logs labels", {"HOMELAB_LOKI_URL": "", "LOKI_ADDR": url}),
            ("config", {"HOMELAB_TELEMETRY": "print"}),
            ("completion bash -- logs query --app ", {"HOMELAB_COMPLETE_LOKI": "1"}),
        )
    ]
    said = "".join(done.stdout + done.stderr for done in runs)
    assert WORD not in said
    assert "alice" not in said
    assert "Traceback" not in said
    assert [done.returncode for done in runs[4:8]] == [1, 78, 78, 78]
    for file in world.state.rglob("*"):  # it is not kept either, as the reason why nothing was sent
        assert not file.is_file() or WORD.encode() not in file.read_bytes()


@pytest.mark.parametrize("url", [LOKI[0], LOKI[-4], f"http://loki.lan/{WORD}/gateway"])
def test_the_notice_of_the_first_run_shows_no_secret(world: World, url: str) -> None:
    shown = at_a_terminal(world, "config", HOMELAB_LOKI_URL=url)
    assert "code to http://" in shown.replace("\nhomelab: ", " ")
    assert WORD not in shown
    assert "alice" not in shown


def test_a_token_in_a_path_is_not_shown(world: World) -> None:
    url = f"http://127.0.0.1:1/{WORD}/loki"
    for words in ("config", "usage status", "usage doctor", "usage top", "logs labels"):
        done = world.run(*words.split(), HOMELAB_LOKI_URL=url)
        assert WORD not in done.stdout + done.stderr
        assert "http://127.0.0.1:1/…" in done.stdout + done.stderr
    shown = world.run("config", HOMELAB_LOKI_URL=url, HOMELAB_TELEMETRY="print")
    assert WORD not in shown.stderr
    assert "POST http://127.0.0.1:1/…/loki/api/v1/push" in shown.stderr


@pytest.mark.parametrize("source", ["environment", "settings file", "logcli"])
def test_a_password_in_a_url_is_refused_whatever_its_source(world: World, source: str) -> None:
    url = f"http://alice:{WORD}@127.0.0.1:1"
    env = {"environment": {"HOMELAB_LOKI_URL": url}, "logcli": {"LOKI_ADDR": url}}.get(source, {})
    if source == "settings file":
        world.settings(f"[loki]\nurl = {url}\n")
    done = world.run("logs", "labels", **env)
    assert (done.returncode, done.stdout) == (78, "")
    assert "set loki.username and loki.password_file instead" in done.stderr
    assert ("LOKI_USERNAME and LOKI_PASSWORD" in done.stderr) == (source == "logcli")


def test_a_sites_settings_with_a_password_in_the_url_are_not_baked_in(tmp_path: Path) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("build", ROOT / "build.py")
    assert spec and spec.loader
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    site = tmp_path / "site.ini"
    site.write_text(f"[loki]\nurl = http://alice:{WORD}@loki.lan\n")
    with pytest.raises(Exception, match="password_file") as caught:
        build.site_settings(str(site))
    assert WORD not in str(caught.value)


def test_a_secret_in_the_place_of_its_file_is_not_shown(world: World) -> None:
    env = {"HOMELAB_LOKI_URL": "http://127.0.0.1:1", "HOMELAB_LOKI_TOKEN_FILE": WORD}
    for words in ("config", "usage top", "usage doctor"):
        done = world.run(*words.split(), **env)
        assert WORD not in done.stdout + done.stderr
    assert "is not the path of a file" in world.run("usage", "top", **env).stderr


@pytest.mark.parametrize("url", ["ghp_SECRETTOKEN", WORD, f"{WORD}://h", f"//{WORD}", f"al:{WORD}"])
def test_what_is_no_address_at_all_is_not_shown(world: World, url: str) -> None:
    """A token was pasted instead of the address."""
    said = ""
    for words in ("config", "usage status", "usage doctor", "usage top", "logs labels"):
        done = world.run(*words.split(), HOMELAB_LOKI_URL=url, HOMELAB_LOKI_LB=url)
        said += done.stdout + done.stderr
    for secret in (WORD, "SECRETTOKEN"):
        assert secret not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"enabled = {WORD}", "enabled must be yes or no; fix or remove that line"),
        (f"account = {WORD}", "account must be name or pseudonym; fix"),
        (f"journal_days = {WORD}", "journal_days must be a number of days from 1 to 36500; fix"),
        (f"{WORD} = x", "[telemetry] has no key '…' (known: "),
        (f"{'a' * 21} = x", "[telemetry] has no key '…' (known: "),
        ("enabeld = x", "[telemetry] has no key 'enabeld' (known: "),
        (f"[{WORD}]", "unknown section […] (known: "),
        (WORD, "not of the form key = value"),
        ("[Loki]", "sections are written in lower case; write [loki]"),
        ("Enabled = no", "keys are written in lower case; write enabled"),
        (
            f'account_key_file = "{WORD}"',
            "the value of account_key_file has quotes around it; remove",
        ),
        (
            f"account_key_file = '{WORD}'",
            "the value of account_key_file has quotes around it; remove",
        ),
        (f"enabled = no ; {WORD}", "a comment follows the value of enabled; move the comment"),
        (f"enabled = no # {WORD}", "a comment follows the value of enabled; move the comment"),
    ],
)
def test_no_sentence_about_the_settings_quotes_a_value(world: World, line: str, shown: str) -> None:
    path = world.settings(f"[telemetry]\n{line}\n")
    done = world.run("config")
    assert done.returncode == 78
    assert done.stderr.startswith(f"homelab: {path}:2: {shown}")
    assert WORD not in done.stderr
    assert "a" * 21 not in done.stderr


# -- services


SERVICES = [
    f"http://alice:{WORD}@127.0.0.1:1/",
    f"http://127.0.0.1:1/?token={WORD}",
    f"http://127.0.0.1:1/x?a=1&{WORD}",
    f"http://127.0.0.1:1/#{WORD}",
    f"http://127.0.0.1:1/{WORD}@x/y",
    f"http://127.0.0.1:1/{WORD}?x@y",
    f"http://127.0.0.1:1/{WORD}#x@y",
    f"http://alice:{WORD}",
    f"http://alice:{WORD} @127.0.0.1:1/",
    f"alice:{WORD}@127.0.0.1:1",
    f"//alice:{WORD}@127.0.0.1:1",
    f"http://alice:{WORD}%40127.0.0.1:1/",
    f"http://alice:{WORD}\uff20x/",
    f"http://alice:a/{WORD}@x",
    f"http://alice:a#{WORD}@x",
    f"http://[{WORD}]/",
]


@pytest.mark.parametrize("url", SERVICES)
def test_no_form_of_an_answer_shows_the_secret_of_a_service(world: World, url: str) -> None:
    path = world.folder / "services"
    path.write_text(f"{url}\n")
    said = ""
    for words in (["--json", url], ["--csv", url], [url], ["--file", str(path)]):
        done = world.run("service", "check", "--timeout", "1s", *words, HOMELAB_DEBUG="1")
        assert done.returncode in (1, 2), done.stderr
        said += done.stdout + done.stderr
    assert WORD not in said
    assert "alice" not in said
    assert "Traceback" not in said


def test_no_answer_to_an_agent_shows_the_secret_of_a_service(world: World) -> None:
    with Speaker(world, "--allow", "network") as speaker:
        for url in SERVICES:
            answer = speaker.ask(call(1, "service_check", url=[url], timeout="1s"))
            assert WORD not in json.dumps(answer)


@pytest.mark.parametrize(
    "text",
    [
        f"alice:{WORD}@127.0.0.1:1", f"https://alice:{WORD}@[::1", f"https://alice:a/{WORD}@x",
        f"https://alice:{WORD}", f"alice:{WORD}", f"https://alice:{WORD}@x:port",
        f"smtp://alice:{WORD} @x", f"{WORD}://alice@x", f"https://alice:{WORD}\uff20x",
    ],
)  # fmt: skip
def test_no_error_about_a_target_shows_a_password(world: World, text: str) -> None:
    for words in (["cert", "check"], ["port", "check"], ["self", "hosts"]):
        if words[0] == "self" and " " not in text:
            continue  # a user name for ssh may be anything
        done = world.run(*words, "--timeout", "1s", text)
        assert done.returncode in (1, 2, 69)
        assert WORD not in done.stdout + done.stderr, words
    done = world.run("service", "check", "http://127.0.0.1:1/", f"--connect={text}")
    assert WORD not in done.stdout + done.stderr


def test_the_line_of_a_list_with_a_broken_url_is_not_repeated() -> None:
    for line in (
        f"http://u:{WORD} @h/",
        f"{WORD}",
        f"http://h/ {WORD}",
        f"http://h/ expect={WORD}",
    ):
        with pytest.raises(ValueError, match="line 1: ") as wrong:
            listed(line, USUAL, "")
        assert WORD not in str(wrong.value)
