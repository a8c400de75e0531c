"""Real load balancers in front of a Loki, which a test stops and starts again during their use:
nginx and haproxy, each routing by name, over http and https, with basic auth, a path in front, a
Loki that is down behind it, and one that it does not wait for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import nginx_parts
from support.balancer import free_ports, listens
from support.certificates import certificates
from support.reading import until

IDLE = 1  # s that a connection may be silent
NGINX = (
    nginx_parts.MAIN
    + "http {{\n"
    + nginx_parts.HTTP
    + """\
    ssl_certificate {folder}/loki.crt;
    ssl_certificate_key {folder}/loki.key;
    proxy_pass_header Date;  # Loki's, whose clock a test may turn
    proxy_read_timeout {idle}ms;
    keepalive_timeout {idle}ms;
    server {{
        listen 127.0.0.1:{http} default_server;
        listen 127.0.0.1:{https} ssl default_server;
        location / {{ return 404 "404 page not found\\n"; }}
    }}
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl;
        server_name loki.lan;
        location /loki/ {{ proxy_pass http://{loki}; }}
        location /loki-gw/ {{ proxy_pass http://{loki}/; }}
        location /guarded/ {{
            auth_basic "lab";
            auth_basic_user_file {folder}/users;
            proxy_pass http://{loki}/;
        }}
        location /dead/ {{ proxy_pass http://127.0.0.1:1/; }}
        location /small/ {{
            client_max_body_size 400;
            proxy_pass http://{loki}/;
        }}
    }}
}}
"""
)
HAPROXY = """
global
    maxconn 100
defaults
    mode http
    timeout connect 2s
    timeout client {idle}ms
    timeout server {idle}ms
userlist lab
    user alice insecure-password hunter2
frontend lab
    bind 127.0.0.1:{http}
    bind 127.0.0.1:{https} ssl crt {folder}/both.pem
    acl lab req.hdr(host),host_only -i loki.lan
    acl gateway path_beg /loki-gw/
    acl guarded path_beg /guarded/
    http-request return status 404 content-type text/plain string "404 page not found" unless lab
    http-request auth realm lab if guarded !{{ http_auth(lab) }}
    http-request replace-path /[^/]*(/.*) \\1 if gateway or guarded
    use_backend dead if {{ path_beg /dead/ }}
    default_backend loki
backend loki
{again}    server loki {loki}
backend dead
    server dead 127.0.0.1:1
"""
# It tries again only requests that it has as a whole, so it waits for the body.
AGAIN = """
    option http-buffer-request
    retries 1
    timeout connect 100ms
    retry-on conn-failure empty-response
"""


class Proxy:
    """A running load balancer: `http` and `https` are `HOST:PORT`, `ca` the lab's CA file. It waits
    `idle` s for Loki; haproxy tries again if `again` is set."""

    def __init__(
        self, kind: str, folder: Path, loki: str, idle: float = IDLE, again: bool = False
    ) -> None:
        certificates(folder)
        (folder / "both.pem").write_text(
            (folder / "loki.crt").read_text() + (folder / "loki.key").read_text()
        )
        ports = free_ports(2)
        self.http, self.https = (f"127.0.0.1:{port}" for port in ports)
        self.ca = str(folder / "ca.crt")
        program = shutil.which(kind, path=os.environ["PATH"] + ":/usr/sbin")
        assert program is not None
        text = NGINX if kind == "nginx" else HAPROXY
        path = folder / f"{kind}.conf"
        path.write_text(
            text.format(
                folder=folder,
                http=ports[0],
                https=ports[1],
                idle=int(idle * 1000),
                again=AGAIN if again else "",
                loki=loki.removeprefix("http://"),
            )
        )
        nginx = [program, "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(path)]
        self._command = nginx if kind == "nginx" else [program, "-db", "-f", str(path)]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert until(lambda: listens(self.https)), self._command

    def stop(self) -> None:
        """End it like a crash does, with all its connections."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def proxied(
    kind: str, folder: Path, loki: str, idle: float = IDLE, again: bool = False
) -> Iterator[Proxy]:
    """Run nginx or haproxy in `folder`, which is created."""
    folder.mkdir()
    proxy = Proxy(kind, folder, loki, idle, again)
    try:
        yield proxy
    finally:
        proxy.stop()
