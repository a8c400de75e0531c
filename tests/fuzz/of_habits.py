"""Targets for entries of shell histories, split and folded: only public words of them are shown."""

from __future__ import annotations

import re

from fuzz.target import Target
from homelab.habits import fold, option_names, public_words, script_line
from homelab.habits.commands import pipelines
from homelab.habits.fold import Folded, folded
from homelab.habits.groups import Groups
from homelab.telemetry.vocabulary import WISHES

_HERE = frozenset(("mytool",))
_OPTION = re.compile(r"--|-[A-Za-z]{1,3}|-[0-9]|[0-2]?(<|>|<>|<&|>>|>&|>\\|)([0-2]|-|/dev/null)?")
_SCRIPT = re.compile(r"[a-z0-9_-]+(\.[a-z]+)?")


def _read(data: bytes) -> tuple[list[Folded], Groups]:
    text = data.decode("utf-8", "surrogateescape")
    commands, groups = [], Groups()
    for pipeline in pipelines(text):
        command = folded(pipeline, _HERE)
        if isinstance(command, Folded):
            commands.append(command)
            groups.add(command, len(data))
    return commands, groups


def _is_public(word: str, before: str) -> bool:
    """Whether a word of a pattern can't be anything that only this history has."""
    word = word[: -len(fold.MANY)] if word.endswith(fold.MANY) else word
    for name in fold.PLACEHOLDERS:
        if word.endswith(name):
            word = word[: -len(name)].rstrip("=").rstrip("-") or "--"
            break
    stem = word.partition(".")[0].replace("_", "-")
    return (
        word in ("|", fold.OPTION)
        or word in _HERE
        or word in WISHES
        or word in fold._CLUSTERS
        or word in fold._WORD_OPTIONS
        or word in fold._RIGHTS
        or option_names.is_public(word)
        or any(word in fold._language(program) for program in fold._LANGUAGE)
        or public_words.is_program(word)
        or word in public_words.subcommands(before)
        or bool(_OPTION.fullmatch(word))
        or (bool(_SCRIPT.fullmatch(word)) and all(part in WISHES for part in stem.split("-")))
    )


def _are_public(data: bytes, found: tuple[list[Folded], Groups]) -> None:
    commands, groups = found
    assert sum(group.runs for group in groups.most_used()) == len(commands)
    for command in commands:
        known: list[str] = []  # programs and subcommands so far
        for word in command.pattern.split(" "):
            ways = ["", *(" ".join(known[begin:]) for begin in range(len(known)))]
            assert any(_is_public(word, way) for way in ways), (word, command.pattern)
            if word[:1] not in ("-", "|") and word not in fold.PLACEHOLDERS:
                known.append(word)
        lines = script_line.of(command.pattern)
        assert len(lines.arguments) == len(command.values)
        assert len(lines.arguments) == (lines.shown.count('"$') if lines.arguments else 0)
        assert all(public_words.is_program(use.partition(" ")[0]) for use in command.uses)


TARGETS = (
    Target(
        "habits.fold", _read, _are_public,
        [
            b"sudo docker logs -f --tail 100 plex | grep 'a b'",
            b"ssh -p 22 root@nas 'zpool status -v tank' && ./deploy.sh prod",
            b"for i in a b; do docker compose -f /x.yml up -d \"$i\"; done",
            b"cat <<EOF\nsecret\nEOF\nmytool backup --pass=x -pswordfish",
            b"FOO=bar timeout 5 watch -n 1 docker exec -it x ls -la $(pwd) `id` ${x}",
            b"bash ./nas_backup.sh; git -C /x pull; tail -50f x.log 2>&1 >/dev/null",
        ],
        inputs=400,
    ),
)  # fmt: skip
