"""The environment can switch counting off but not on: a `no` in a settings file wins over it."""

from __future__ import annotations

import pytest
from fakes.loki.server import FakeLoki
from support.reading import until
from support.world import World

from homelab.settings import Settings
from homelab.telemetry import consent

NO, YES = "[telemetry]\nenabled = no\n", "[telemetry]\nenabled = yes\n"


@pytest.mark.parametrize("said", ["1", "yes", "true", "on", " ON ", "print"])
@pytest.mark.parametrize("text", [NO, "[telemetry]\nenabeld = no\n"])
def test_a_no_in_a_file_holds_against_the_environment(
    text: str, said: str, world: World, loki: FakeLoki
) -> None:
    world.settings(text)
    for url in ("", loki.url):
        world.run("config", HOMELAB_TELEMETRY=said, HOMELAB_LOKI_URL=url)
    assert not world.state.exists()  # nothing is written, so nothing is sent
    assert loki.requests == []


def test_status_and_config_say_so(world: World) -> None:
    path = world.settings(NO)
    lines = world.run("usage", "status", "--csv", HOMELAB_TELEMETRY="1").stdout.splitlines()
    assert lines[1:4] == [
        "counting,off",
        f"decided by,{path}:2",
        "without effect,HOMELAB_TELEMETRY: the environment only switches off",
    ]
    shown = world.run("config", "--csv", HOMELAB_TELEMETRY="1").stdout
    assert f"telemetry.enabled,no,{path}:2" in shown
    assert "without effect" not in world.run("usage", "status").stdout


def test_on_and_off_say_what_holds(world: World) -> None:
    path = world.home / ".config/homelab/config.ini"
    for word, other in (("off", "1"), ("on", "1"), ("on", "")):
        done = world.run("usage", word, HOMELAB_TELEMETRY=other)
        assert done.stdout == f"counting is {word} ({path})\n"
    for off in ({"HOMELAB_TELEMETRY": "0"}, {"DO_NOT_TRACK": "1"}):
        done = world.run("usage", "on", **off)
        ((name, value),) = off.items()
        assert done.stdout.splitlines()[1] == f"but {name}={value} decides here, and says off"
    world.run("config", HOMELAB_TELEMETRY="0")
    assert world.events() == []
    world.run("config", HOMELAB_TELEMETRY="1")
    assert len(world.events()) == 1


@pytest.mark.parametrize(
    ("user", "system", "baked", "state", "source"),
    [
        ("", "", {}, "on", "default"),
        ("", "no", {}, "off", "system"),
        ("", "", {"telemetry.enabled": "no"}, "off", "baked"),
        ("", "yes", {"telemetry.enabled": "no"}, "on", "system"),
        ("yes", "no", {"telemetry.enabled": "no"}, "on", "user"),
        ("no", "yes", {}, "off", "user"),
    ],
)
@pytest.mark.parametrize("said", ["", "1"])
def test_the_accounts_own_file_decides_before_the_systems(
    user: str, system: str, baked: dict[str, str], state: str, source: str, said: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("settings")
    files = []
    for name, value in (("user", user), ("system", system)):
        path = folder / name
        path.write_text(f"[telemetry]\nenabled = {value}\n" if value else "")
        files.append((name, str(path)))
    env = {"HOMELAB_TELEMETRY": said}
    settings = Settings(env, tuple(files), baked)
    assert settings.value("telemetry.enabled").source == source
    assert consent.verdict(env, settings).state == state
    off = {"HOMELAB_TELEMETRY": "0"}
    assert consent.verdict(off, Settings(off, tuple(files), baked)).state == "off"


def test_what_is_on_is_counted_once_whatever_the_environment_says(
    world: World, loki: FakeLoki
) -> None:
    world.settings(YES)
    world.run("config", HOMELAB_TELEMETRY="1", HOMELAB_LOKI_URL=loki.url)
    assert until(lambda: loki.entries('{job="homelab-usage"}'))
