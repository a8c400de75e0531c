"""The load-balancer dial, against a real reverse proxy that routes by name: nginx, over http and
over https with a CA of the lab."""

from __future__ import annotations

import pytest
from fakes.loki.server import FakeLoki
from support.balancer import Balancer
from support.reading import until
from support.world import World

pytestmark = pytest.mark.needs("nginx", "openssl")


@pytest.mark.parametrize("verb", [("logs", "query", '{a="b"}'), ("usage", "top")])
def test_http_by_name_at_the_balancers_address(
    verb: tuple[str, ...], balancer: Balancer, world: World
) -> None:
    done = world.run(*verb, HOMELAB_LOKI_URL="http://loki.lan", HOMELAB_LOKI_LB=balancer.http)
    assert done.returncode == 0, done.stderr
    assert balancer.seen()[0].startswith("loki.lan - loki.lan /loki/api/v1/")


@pytest.mark.parametrize("verb", [("logs", "query", '{a="b"}'), ("usage", "top")])
def test_https_with_the_names_sni_and_certificate(
    verb: tuple[str, ...], balancer: Balancer, world: World
) -> None:
    world.settings(
        f"[loki]\nurl = https://loki.lan\nlb = {balancer.https}\nca_file = {balancer.ca}\n"
    )
    done = world.run(*verb)
    assert done.returncode == 0, done.stderr
    assert balancer.seen()[0].startswith("loki.lan loki.lan loki.lan /loki/api/v1/")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_telemetry_takes_the_same_way(
    scheme: str, balancer: Balancer, world: World, loki: FakeLoki
) -> None:
    lb = balancer.http if scheme == "http" else balancer.https
    settings = {"HOMELAB_LOKI_LB": lb, "HOMELAB_LOKI_CA_FILE": balancer.ca}
    world.run("config", HOMELAB_LOKI_URL=f"{scheme}://loki.lan", **settings)
    assert until(lambda: loki.entries('{job="homelab-usage"}') and balancer.seen())
    sni = "loki.lan" if scheme == "https" else "-"
    assert balancer.seen() == [f"loki.lan {sni} loki.lan /loki/api/v1/push"]
    assert loki.requests[0].header("Host") == "loki.lan"


def test_a_path_in_front_of_loki(balancer: Balancer, world: World) -> None:
    settings = {"HOMELAB_LOKI_LB": balancer.http}
    done = world.run("usage", "top", HOMELAB_LOKI_URL="http://loki.lan/loki-gw/", **settings)
    assert done.returncode == 0, done.stderr
    assert balancer.seen()[0].endswith(" /loki-gw/loki/api/v1/series")


def test_no_route_for_the_name(balancer: Balancer, world: World) -> None:
    """A request by address fails so, and users see this if they forget loki.lb."""
    done = world.run("usage", "top", HOMELAB_LOKI_URL=f"http://{balancer.http}")
    assert done.returncode == 69
    assert "404, 404 page not found: the load balancer has no such route" in done.stderr
    assert balancer.seen() == []


def test_loki_behind_it_is_down(balancer: Balancer, world: World) -> None:
    settings = {"HOMELAB_LOKI_LB": balancer.http}
    done = world.run("usage", "top", HOMELAB_LOKI_URL="http://loki.lan/dead", **settings)
    assert done.returncode == 69
    assert "502, the load balancer is up and Loki behind it is down or slow" in done.stderr


def test_a_ca_that_is_not_known(balancer: Balancer, world: World) -> None:
    settings = {"HOMELAB_LOKI_LB": balancer.https}
    done = world.run("usage", "top", HOMELAB_LOKI_URL="https://loki.lan", **settings)
    assert done.returncode == 69
    assert "the certificate is not trusted" in done.stderr
    assert "set loki.ca_file" in done.stderr


def test_a_certificate_for_another_name(balancer: Balancer, world: World) -> None:
    settings = {"HOMELAB_LOKI_LB": balancer.https, "HOMELAB_LOKI_CA_FILE": balancer.ca}
    done = world.run("usage", "top", HOMELAB_LOKI_URL="https://grafana.lan", **settings)
    assert done.returncode == 69
    assert "the certificate is not valid for grafana.lan" in done.stderr
    assert balancer.seen() == []  # and no request reached it


def test_http_spoken_to_a_port_of_https_and_the_other_way_round(
    balancer: Balancer, world: World
) -> None:
    done = world.run("usage", "top", HOMELAB_LOKI_URL=f"https://{balancer.http}")
    assert done.returncode == 69
    assert "this port does not speak https (" in done.stderr
    done = world.run("usage", "top", HOMELAB_LOKI_URL=f"http://{balancer.https}")
    assert done.returncode == 77
    assert "nginx answers 400, the port expects https" in done.stderr


def test_basic_auth(balancer: Balancer, world: World) -> None:
    settings = {"HOMELAB_LOKI_LB": balancer.http, "HOMELAB_LOKI_URL": "http://loki.lan/guarded"}
    done = world.run("usage", "top", **settings)
    assert done.returncode == 77
    assert "401, it requires credentials (Basic); set loki.username" in done.stderr
    credentials = {"HOMELAB_LOKI_USERNAME": "alice", "HOMELAB_LOKI_PASSWORD": "hunter2"}
    done = world.run("usage", "top", **settings, **credentials)
    assert done.returncode == 0, done.stderr
