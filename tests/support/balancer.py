"""A real reverse proxy in front of a Loki: nginx, over http, and https with the lab's own CA."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support import nginx_parts
from support.certificates import certificates
from support.reading import until

# Traefik answers like this if no router matches: 404 and this text.
CONFIGURATION = (
    nginx_parts.MAIN
    + "http {{\n"
    + nginx_parts.HTTP
    + """\
    log_format who '$host $ssl_server_name $http_host $uri';
    ssl_certificate {folder}/loki.crt;
    ssl_certificate_key {folder}/loki.key;
    server {{
        listen 127.0.0.1:{http} default_server;
        listen 127.0.0.1:{https} ssl default_server;
        default_type text/plain;
        location / {{ return 404 "404 page not found\\n"; }}
    }}
    server {{
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{https} ssl;
        server_name loki.lan;
        access_log {folder}/access.log who;
        location /loki/ {{ proxy_pass {loki}; proxy_set_header Host $host; }}
        location /loki-gw/ {{ proxy_pass {loki}/; proxy_set_header Host $host; }}
        location /guarded/ {{
            auth_basic "lab";
            auth_basic_user_file {folder}/users;
            proxy_pass {loki}/;
            proxy_set_header Host $host;
            proxy_set_header Authorization "";
        }}
        location /dead/ {{ proxy_pass http://127.0.0.1:1/; }}
        location /push-only/loki/api/v1/push {{ proxy_pass {loki}/loki/api/v1/push; }}
        location /push-only/ {{ return 404 "404 page not found\\n"; }}
        location /moved/ {{ return 301 https://$host$request_uri; }}
    }}
    server {{
        listen 127.0.0.1:{mutual} ssl;
        server_name loki.lan;
        ssl_client_certificate {folder}/ca.crt;
        ssl_verify_client on;
        location / {{ proxy_pass {loki}; proxy_set_header Host $host; }}
    }}
}}
"""
)


class Balancer:
    """The nginx in front of a Loki: `http`, `https` and `mutual`, which requires a client
    certificate of the lab's CA, are `HOST:PORT`; `ca` is the lab's CA file."""

    def __init__(self, folder: Path, loki: str) -> None:
        self.folder = folder
        ports = free_ports(3)
        self.http, self.https, self.mutual = (f"127.0.0.1:{port}" for port in ports)
        self.ca = str(folder / "ca.crt")
        (folder / "nginx.conf").write_text(
            CONFIGURATION.format(
                folder=folder, http=ports[0], https=ports[1], mutual=ports[2], loki=loki
            )
        )

    def seen(self) -> list[str]:
        """`host SNI Host-header path` of each request that was routed to Loki."""
        log = self.folder / "access.log"
        return log.read_text().splitlines() if log.exists() else []


def free_ports(count: int) -> list[int]:
    """Ports of loopback without a listener."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def listens(address: str) -> bool:
    """Whether a server listens at `HOST:PORT`."""
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def balanced(folder: Path, loki: str) -> Iterator[Balancer]:
    """Run nginx in `folder`, which is created."""
    folder.mkdir()
    certificates(folder)
    balancer = Balancer(folder, loki)
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    assert nginx is not None
    command = [nginx, "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert until(lambda: listens(balancer.https)), process.communicate(timeout=1)
        yield balancer
        process.terminate()
        process.communicate()
