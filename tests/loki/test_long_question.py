"""A question that is too long for a proxy in front of Loki."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fakes.loki.server import Answer, FakeLoki, Request
from support.reading import Sink
from support.world import World

from homelab.loki import diagnosis
from homelab.loki.address import Address

LONG = "x" * 9000
PAGE = b"<html><head><title>414 Request-URI Too Large</title></head></html>"


@pytest.fixture(scope="module")
def filled() -> Iterator[FakeLoki]:
    with FakeLoki() as loki:
        Sink(loki.url).push({"app": "plex"}, [(time.time_ns() - 10**9, f"a {LONG} b")])
        yield loki


@pytest.mark.parametrize(
    ("status", "kind"), [(414, "text/html"), (431, "text/plain"), (400, "text/html")]
)
def test_it_goes_as_a_form(status: int, kind: str, filled: FakeLoki, world: World) -> None:
    """C3: in the refusals of nginx, Go's servers and haproxy."""

    def hook(request: Request) -> Answer | None:
        long = sum(len(text) for texts in request.query.values() for text in texts) > 4096
        return Answer(status, kind, PAGE) if long else None

    filled.hook = hook
    begun = len(filled.requests)
    words = ('{app="plex"}', "--grep", LONG, "--output", "raw")
    done = world.run("logs", "query", *words, HOMELAB_LOKI_URL=filled.url)
    assert (done.returncode, done.stdout) == (0, f"a {LONG} b\n")
    asked = [each for each in filled.requests[begun:] if each.path.endswith("query_range")]
    assert [each.method for each in asked] == ["GET", "POST"]  # a sender pushes meanwhile


def test_a_proxy_that_lets_nobody_post_is_named_with_what_to_do(
    filled: FakeLoki, world: World
) -> None:
    """C3: the message never calls it a login page."""
    filled.hook = lambda request: (
        Answer(405, "text/html", b"<html>") if request.method == "POST"
        else Answer(414, "text/html", PAGE, (("Server", "nginx"),))
    )  # fmt: skip
    done = world.run("logs", "query", '{app="plex"}', "--grep", LONG, HOMELAB_LOKI_URL=filled.url)
    assert (done.returncode, done.stdout) == (69, "")
    assert "nginx answers 414, the query is too long for the proxy" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "status", [400, 405, 406, 413, 414, 429, 431, 451, 499, 500, 502, 503, 504]
)
def test_a_page_with_a_status_of_its_own_is_no_login_page(status: int) -> None:
    """C3: the status decides, not the page that came with it."""
    headers = {"content-type": "text/html"}
    failure = diagnosis.of_answer(Address("http://loki.lan"), status, headers, b"<html>")
    assert failure.code == 69
    assert f": {status}, " in failure.sentence
    assert "login" not in failure.sentence
