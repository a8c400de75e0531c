"""Entries of shell histories as pipelines, simple commands and words."""

from __future__ import annotations

import pytest

from homelab.habits.commands import pipelines

DOCKER = ["docker", "ps"]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("docker ps", [[DOCKER]]),
        ("  docker   ps ", [[DOCKER]]),
        ("", []),
        ("# only a note", []),
        ("docker ps # a note", [[DOCKER]]),
        ("echo a#b", [[["echo", "a#b"]]]),
        ("docker ps | grep plex", [[DOCKER, ["grep", "plex"]]]),
        ("docker ps |& grep x", [[[*DOCKER, "\x002>&\x001"], ["grep", "x"]]]),
        ("echo 4815>x", [[["echo", "4815", "\0>\0x"]]]),
        ("apt update && apt upgrade", [[["apt", "update"]], [["apt", "upgrade"]]]),
        ("make || exit; ls &", [[["make"]], [["exit"]], [["ls"]]]),
        ("docker ps >/dev/null 2>&1", [[[*DOCKER, "\0>\0/dev/null", "\x002>&\x001"]]]),
        ("docker ps &> x", [[[*DOCKER, "\0>\0x", "\x002>&\x001"]]]),
        ("docker ps 2>> 'a b'", [[[*DOCKER, "\x002>>\0a b"]]]),
        ("sort < in > out", [[["sort", "\0<\0in", "\0>\0out"]]]),
        ("grep x <<< 'a b'", [[["grep", "x", "\0<<<\0a b"]]]),
        ("time docker ps", [[DOCKER]]),
        ("! docker ps", [[DOCKER]]),
        ("grep 'a b' \"c d\" e\\ f", [[["grep", "a b", "c d", "e f"]]]),
        ('git commit -m "it\'s; (x) | y"', [[["git", "commit", "-m", "it's; (x) | y"]]]),
        ("echo $'a\\'b' c", [[["echo", "a\\'b", "c"]]]),
        ("awk '{print $1}' f | sort", [[["awk", "{print $1}", "f"], ["sort"]]]),
        ("kill $(pidof x | head -1)", [[["kill", "$(pidof x | head -1)"]]]),
        ("kill `pidof x`", [[["kill", "`pidof x`"]]]),
        ("echo ${x:-a b}", [[["echo", "${x:-a b}"]]]),
        ("ls \\\n  -la", [[["ls", "-la"]]]),
        ("docker ps \\", [[DOCKER]]),  # a line of an entry whose lines bash keeps separately
        ("for i in a b; do docker restart $i; done", [[["docker", "restart", "$i"]]]),
        ("while true; do docker ps; sleep 1; done", [[["true"]], [DOCKER], [["sleep", "1"]]]),
        ("if [ -f x ]; then docker ps; fi", [[["[", "-f", "x", "]"]], [DOCKER]]),
        ("(cd /srv && docker ps)", [[["cd", "/srv"]], [DOCKER]]),
        ("diff <(ls a) <(ls b)", [[["diff"]], [["ls", "a"]], [["ls", "b"]]]),
        (
            "cat <<EOF > x\npassword: y\nEOF\ndocker ps",
            [[["cat", "\0<<\0EOF", "\0>\0x"]], [DOCKER]],
        ),
        ("cat <<-'END'\n\tls\n\tEND\ndocker ps", [[["cat", "\0<<-\0END"]], [DOCKER]]),
        ("docker ps; and ls", [[DOCKER], [["ls"]]]),  # fish
        ("echo don't", []),  # torn
        ('echo "a', []),
        ("\x00\x01\udcff", [[["\x01\udcff"]]]),
    ],
)
def test_an_entry_is_split_as_a_shell_would(text: str, right: list[list[list[str]]]) -> None:
    assert pipelines(text) == right


@pytest.mark.parametrize(
    "text", ["$(" * 2000, "'" * 4001, '"\\' * 2000, "((" * 2000, "<<A\n" * 900]
)
def test_no_entry_takes_long(text: str) -> None:
    """The work is bounded by the length of an entry, so the test ends on any machine."""
    pipelines(text)
