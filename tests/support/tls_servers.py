"""Servers that use TLS, or are asked for it: real ones of Debian, and a simple one for cases that
no real one has."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from support import certificates as made
from support import nginx_parts
from support.reading import until

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
        return True
    return False


@contextlib.contextmanager
def running(*command: str, port: int, cwd: Path) -> Iterator[int]:
    """Run a server until the block ends; yield its port."""
    with (cwd / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=cwd)
    try:
        if not until(lambda: listening(port), 20):
            raise AssertionError((cwd / f"{port}.log").read_text(errors="replace"))
        yield port
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def s_server(folder: Path, name: str, *words: str, chain: str = "") -> Iterator[int]:
    """Run OpenSSL's own server, with a certificate of the folder (and a `chain` file after it)."""
    port = free_port()
    behind = ("-cert_chain", f"{chain}.crt") if chain else ()
    command = ("openssl", "s_server", "-accept", f"{LOOPBACK}:{port}", "-quiet", "-naccept", "9")
    keys = ("-cert", f"{name}.crt", "-key", f"{name}.key", *behind)
    with running(*command, *keys, *words, port=port, cwd=folder):
        yield port


NGINX = (
    """
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
"""
    + nginx_parts.MAIN
    + """mail {{
    auth_http 127.0.0.1:1/;
    smtp_auth none;
    ssl_certificate {folder}/nas.crt;
    ssl_certificate_key {folder}/nas.key;
    server {{ listen 127.0.0.1:{smtp}; protocol smtp; starttls on; }}
    server {{ listen 127.0.0.1:{imap}; protocol imap; starttls on; }}
    server {{ listen 127.0.0.1:{pop3}; protocol pop3; starttls on; }}
    server {{ listen 127.0.0.1:{bare}; protocol smtp; starttls off; }}
}}
http {{
"""
    + nginx_parts.HTTP
    + """\
    server {{
        listen 127.0.0.1:{https} ssl default_server;
        ssl_reject_handshake on;
    }}
    server {{
        listen 127.0.0.1:{https} ssl;
        server_name nas.lan;
        ssl_certificate {folder}/nas.crt;
        ssl_certificate_key {folder}/nas.key;
    }}
    server {{
        listen 127.0.0.1:{https} ssl;
        server_name git.lan;
        ssl_certificate {folder}/git.crt;
        ssl_certificate_key {folder}/git.key;
    }}
    server {{
        listen 127.0.0.1:{plain};
    }}
}}
"""
)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[dict[str, int]]:
    """Run a proxy for mail, and two sites on one port; yield the ports by protocol."""
    ports = {word: free_port() for word in ("smtp", "imap", "pop3", "bare", "https", "plain")}
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, **ports))
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    command = (str(program), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf")
    with running(*command, port=ports["https"], cwd=folder):
        yield ports


@contextlib.contextmanager
def slapd(folder: Path) -> Iterator[int]:
    port = free_port()
    (folder / "slapd.conf").write_text(
        f"include /etc/ldap/schema/core.schema\npidfile {folder}/slapd.pid\n"
        f"TLSCertificateFile {folder}/nas.crt\nTLSCertificateKeyFile {folder}/nas.key\n"
        f"TLSCACertificateFile {folder}/mid.crt\n"
    )
    command = ("/usr/sbin/slapd", "-f", "slapd.conf", "-h", f"ldap://{LOOPBACK}:{port}", "-d", "0")
    with running(*command, port=port, cwd=folder):
        yield port


@contextlib.contextmanager
def vsftpd(folder: Path) -> Iterator[int]:
    port = free_port()
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "vsftpd.conf").write_text(
        f"listen=YES\nlisten_address={LOOPBACK}\nlisten_port={port}\nbackground=NO\n"
        f"anonymous_enable=YES\nssl_enable=YES\nrsa_cert_file={folder}/nas.crt\n"
        f"rsa_private_key_file={folder}/nas.key\nsecure_chroot_dir={folder}/empty\n"
    )
    with running("/usr/sbin/vsftpd", f"{folder}/vsftpd.conf", port=port, cwd=folder):
        yield port


def postgres_folder() -> str:
    """The folder of the newest PostgreSQL's programs in Debian, "" if there is none."""
    return max(glob.glob("/usr/lib/postgresql/*/bin"), default="")


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[int]:
    """Run PostgreSQL as the account that the package made, which root may become and others may
    not."""
    import tempfile

    port = free_port()
    account = ("setpriv", "--reuid", "postgres", "--clear-groups")
    with tempfile.TemporaryDirectory() as home:  # a folder that this account may enter
        for name in ("nas.crt", "nas.key"):
            shutil.copy(folder / name, home)
            shutil.chown(f"{home}/{name}", "postgres")
        shutil.chown(home, "postgres")
        os.chmod(f"{home}/nas.key", 0o600)
        programs = postgres_folder()
        made_it = [*account, f"{programs}/initdb", "-N", "-D", f"{home}/data"]
        subprocess.run(made_it, cwd=home, check=True, capture_output=True)
        settings = (
            "ssl=on", f"ssl_cert_file={home}/nas.crt", f"ssl_key_file={home}/nas.key",
            f"listen_addresses={LOOPBACK}", f"unix_socket_directories={home}",
        )  # fmt: skip
        options = [word for setting in settings for word in ("-c", setting)]
        command = (*account, f"{programs}/postgres", "-D", f"{home}/data", "-p", str(port))
        with running(*command, *options, port=port, cwd=folder):
            yield port


@contextlib.contextmanager
def mariadb(folder: Path) -> Iterator[int]:
    """Run a MariaDB without a database, which its greeting does not need: making one takes
    longer."""
    import tempfile

    port = free_port()
    with tempfile.TemporaryDirectory() as home:  # a folder that the package's account may enter
        for name in ("nas.crt", "nas.key"):
            shutil.copy(folder / name, home)
        for name in ("", "/nas.crt", "/nas.key"):
            shutil.chown(f"{home}{name}", "mysql")
        command = (
            "setpriv", "--reuid", "mysql", "--clear-groups", "/usr/sbin/mariadbd", "--no-defaults",
            f"--datadir={home}", "--skip-grant-tables", "--skip-innodb",
            "--default-storage-engine=MyISAM", f"--ssl-cert={home}/nas.crt",
            f"--ssl-key={home}/nas.key", "--skip-networking=0", f"--port={port}",
            f"--bind-address={LOOPBACK}", f"--socket={home}/socket", f"--pid-file={home}/pid",
        )  # fmt: skip
        with running(*command, port=port, cwd=folder):
            yield port


def stopped(server: socket.socket, serving: threading.Thread) -> None:
    """End a thread that accepts connections, and then close its port. In the other order it might
    accept at the descriptor, which may be another server's then."""
    server.shutdown(socket.SHUT_RDWR)
    serving.join()
    server.close()


class _Closing(ssl.SSLSocket):
    """Python leaves a socket open whose client went away before the handshake."""

    def __del__(self) -> None:
        self.close()


class Saying:
    """A server that sends the given parts to each client: bytes, None to read some, a number of
    seconds to wait; then it closes, or with `hold` does not, or switches to TLS with the
    certificate at the path `tls` (without its `.crt`). The bytes that it read are in `heard`."""

    def __init__(self, *words: bytes | float | None, hold: bool = False, tls: str = "") -> None:
        self._words = words
        self._hold = hold
        self._context = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(f"{tls}.crt", f"{tls}.key")
            self._context.sslsocket_class = _Closing
        self.heard = b""
        self._socket = socket.create_server((LOOPBACK, 0))
        self.port = int(self._socket.getsockname()[1])
        self._stop = threading.Event()

    def __enter__(self) -> Saying:
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        stopped(self._socket, self._serving)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._speak, args=(client,), daemon=True).start()

    def _speak(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            for word in self._words:
                if word is None:
                    self.heard += client.recv(4096)
                elif isinstance(word, bytes):
                    client.sendall(word)
                else:
                    self._stop.wait(word)
            if self._context:
                self._context.wrap_socket(client, server_side=True).close()
            if self._hold:
                self._stop.wait(60)


@contextlib.contextmanager
def weak_server(folder: Path, name: str, answer: bytes = b"") -> Iterator[int]:
    """Run a server with a key that OpenSSL accepts only at its lowest level; it sends all
    certificates of its file, and an `answer` to each request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    server = socket.create_server((LOOPBACK, 0))

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as tls:
                if answer:
                    tls.recv(4096)
                    tls.sendall(answer)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        stopped(server, serving)


def laboratory(folder: Path) -> None:
    """Make the certificates of a lab: its CA, one below it, and servers' certificates of each, good
    ones and bad ones; the names say which. Files of the good ones hold the chain."""
    made.authority(folder, days=900)
    made.authority(folder, "bare", "/CN=bare CA", 900, usage=False)
    made.authority(folder, "mid", "/CN=mid CA", 400, by="ca")
    for name, span in (("late", (-300, 10.5)), ("gone", (-400, -5.5))):
        made.issued(folder, name, subject=f"/CN={name} CA", days=span, extensions=made.CA)
    names = "DNS:nas.lan,IP:127.0.0.1,IP:::1"
    for name, by, days in (
        ("good", "mid", (-1, 90.0)), ("git", "mid", (-1, 90.0)), ("soon", "mid", (-80, 10.5)),
        ("sooner", "mid", (-89, 1.5)), ("expired", "mid", (-90, -2.5)), ("early", "mid", (3, 90)),
        ("below-late", "late", (-1, 90)), ("below-gone", "gone", (-1, 90)), ("own", "", (-1, 90)),
        ("expired-own", "", (-90, -2)), ("daily", "mid", (-0.4, 0.6)), ("nas", "mid", (-1, 90)),
    ):  # fmt: skip
        made.issued(folder, name, by, "DNS:git.lan" if name == "git" else names, days=days)
    made.issued(folder, "below-bare", "bare", names)
    made.issued(folder, "common", "ca", subject="/CN=nas.lan")
    made.issued(folder, "nobody", "ca", subject="/O=Home")
    made.issued(folder, "client", "ca", names, extensions="extendedKeyUsage=clientAuth\n")
    made.issued(folder, "below-leaf", "good", names)
    mid = (folder / "mid.crt").read_text()
    (folder / "good-mid.crt").write_text((folder / "good.crt").read_text() + mid)
    made.issued(folder, "idn", "ca", "DNS:xn--bcher-kva.lan")
    made.issued(folder, "wild", "ca", "DNS:*.lab.lan")
    made.issued(folder, "rsa1024", "ca", names, key=("rsa:1024",))
    made.issued(folder, "sha1", "ca", names, digest="sha1")
    made.issued(folder, "ed25519", "ca", names, key=("ed25519",))
    made.issued(folder, "hostile", "ca", names, subject="/CN=\x1b[31mred\x07\u202e")
    made.issued(folder, "many", "ca", ",".join(f"DNS:h{n}.lab.example" for n in range(10_000)))
    trusted = "".join((folder / f"{name}.crt").read_text() for name in ("ca", "bare"))
    (folder / "trusted.crt").write_text(trusted)
    with (folder / "nas.crt").open("a") as file:
        file.write(mid)
