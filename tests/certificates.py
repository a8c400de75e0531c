"""Certificates as a home lab has them, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


def certificates(folder: Path) -> None:
    """A CA of the lab (`ca.crt`), a certificate of its for loki.lan (`loki.crt`, `loki.key`), and
    a password file with alice and hunter2 (`users`)."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=lab CA",
            "-days", "2", "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    openssl("req", *key, "-keyout", "loki.key", "-out", "loki.csr", "-subj", "/CN=loki.lan")
    (folder / "names").write_text("subjectAltName=DNS:loki.lan\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "loki.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "2",
            "-CAcreateserial", "-extfile", "names", "-out", "loki.crt")  # fmt: skip
    secret = subprocess.check_output(["openssl", "passwd", "-apr1", "hunter2"], text=True)
    (folder / "users").write_text(f"alice:{secret}")
