"""Histories of bash as text; test_shells_that_write.py tests the ones that a real bash writes."""

from __future__ import annotations

from homelab.habits import bash, entries


def read(text: str) -> list[tuple[int, str]]:
    return list(bash.entries(entries.lines([text.encode()])))


def test_each_line_of_a_plain_history_is_an_entry() -> None:
    assert read("ls -l\n\ndocker ps\n# a comment\n") == [
        (0, "ls -l"),
        (0, "docker ps"),
        (0, "# a comment"),
    ]


def test_a_line_of_seconds_is_the_moment_of_the_entry_behind_it() -> None:
    assert read("uptime\n#1700000000\nls\n#1700000060\n#1700000061\ndf -h\n") == [
        (0, "uptime"),
        (1_700_000_000, "ls"),
        (1_700_000_061, "df -h"),
    ]


def test_an_absurd_moment_is_unknown() -> None:
    """Year 9999, a clock that was never set, a number that is too large."""
    for seconds in ("253402300799", "12", "9" * 40):
        assert read(f"#{seconds}\nls\n") == [(0, "ls")]


def test_an_entry_goes_on_until_its_command_is_complete() -> None:
    for command in (
        "for i in 1 2; do\n  echo $i\ndone",
        "echo 'a\nb'",
        'echo "it\'s $(date)\n#1 here"',
        "cat <<EOF | tee x\nls\nEOF",
        "cat <<-'END' &&\n\tif\n\tEND\nls",
        "docker run -d \\\n  -v a:b \\\n  nginx",
        "docker ps |\n grep web",
        "f() {\n  case $1 in\n    a) ls;;\n    (b) df;;\n  esac\n}",
        "if true\nthen (ls\n)\nfi",
    ):
        text = f"#1700000000\n{command}\n#1700000060\nls\n"
        assert read(text) == [(1_700_000_000, command), (1_700_000_060, "ls")]


def test_a_session_without_moments_behind_one_with_them_is_not_one_entry() -> None:
    lines = [f"docker logs web{number}" for number in range(3000)]
    text = "#1700000000\nuptime\n" + "\n".join(lines) + "\n"
    assert read(text) == [(1_700_000_000, "uptime"), *((0, line) for line in lines)]


def test_a_quotation_mark_that_nobody_closed_ends_somewhere() -> None:
    lines = [f"docker logs web{number}" for number in range(3000)]
    text = "#1700000000\necho don't\n" + "\n".join(lines) + "\n"
    assert read(text) == [(1_700_000_000, "echo don't"), *((0, line) for line in lines)]


def test_a_command_that_was_left_unfinished_takes_no_lines_behind_it() -> None:
    for command in ("echo it's", "for x in a b", "cat <<EOF", "docker ps |"):
        text = f"#1700000000\n{command}\ndocker logs web\nuptime\n"
        lines = [(0, "docker logs web"), (0, "uptime")]
        if command[-1] == "|":  # this command is complete with the next line
            assert read(text) == [(1_700_000_000, f"{command}\ndocker logs web"), lines[1]]
        else:
            assert read(text) == [(1_700_000_000, command), *lines]
            assert read(f"{text}#1700000060\nls\n")[-1] == (1_700_000_060, "ls")


def test_signs_in_words_and_comments_open_nothing() -> None:
    for command in (
        "echo it\\'s # don't",
        "x=$((1<<2))",
        "cat <<<a",
        "echo for if {",
        "echo $'\\''",
    ):
        assert read(f"#1700000000\n{command}\nls\n") == [(1_700_000_000, command), (0, "ls")]


def test_a_line_that_is_too_long_or_binary_is_marked_and_the_next_one_is_read() -> None:
    texts = [text for _, text in read(f"{'x' * 70_000}\nls\n\0\0\0uptime\n#1700000000\na\0\ndf\n")]
    assert [entries.UNREADABLE in text for text in texts] == [True, False, False, True, False]
    assert texts[1:3] == ["ls", "uptime"]
    assert texts[-1] == "df"
