"""Certificates like those of home labs, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

EC = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


CA = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"


def openssl(folder: Path, *words: str) -> None:
    """Run openssl in a folder."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def authority(
    folder: Path,
    name: str = "ca",
    subject: str = "/CN=lab CA",
    days: int = 2,
    by: str = "",
    usage: bool = True,
) -> None:
    """Make a CA (`ca.crt`, `ca.key`): its own root, or issued `by` another. Without `usage` it does
    not declare its permitted use, like many CAs of labs."""
    may = ("-addext", "keyUsage=critical,keyCertSign,cRLSign") if usage else ()
    if not by:
        openssl(folder, "req", "-x509", "-newkey", *EC, "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.crt", "-subj", subject, "-days", str(days), *may)  # fmt: skip
        return
    issued(folder, name, by, subject=subject, days=(-1, days), extensions=CA)


def issued(
    folder: Path,
    name: str,
    by: str = "ca",
    names: str = "",
    subject: str = "",
    days: tuple[float, float] = (-1, 90),
    key: tuple[str, ...] = EC,
    digest: str = "sha256",
    extensions: str = "",
    key_of: str = "",
) -> None:
    """Make a certificate (`name.crt`, `name.key`) issued `by` a CA of the folder, or self-signed if
    that is "": for `names` (`DNS:nas.lan,IP:192.0.2.1`), valid from and to so many `days` from now.
    With `key_of` it has the key of another one, like cross-signed certificates."""
    from datetime import datetime, timedelta, timezone

    now = datetime.now(timezone.utc)
    start, end = ((now + timedelta(days=each)).strftime("%Y%m%d%H%M%SZ") for each in days)
    text = extensions or "extendedKeyUsage=serverAuth\n"
    text += f"subjectAltName={names}\n" if names else ""
    (folder / f"{name}.ext").write_text(text)
    (folder / f"{name}.index").write_text("")
    how = ("-new", "-key", f"{key_of}.key") if key_of else ("-newkey", *key, "-nodes", "-keyout",
                                                            f"{name}.key")  # fmt: skip
    openssl(folder, "req", *how, "-out", f"{name}.csr", "-utf8", "-subj", subject or f"/CN={name}")
    (folder / f"{name}.cnf").write_text(
        f"[ca]\ndefault_ca=x\n[x]\ndatabase={name}.index\nnew_certs_dir=.\npolicy=p\n"
        "rand_serial=yes\nunique_subject=no\nemail_in_dn=yes\n[p]\ncommonName=optional\n"
        "organizationName=optional\norganizationalUnitName=optional\n"
    )
    signer = ["-cert", f"{by}.crt", "-keyfile", f"{by}.key"]
    if not by:
        signer = ["-selfsign", "-keyfile", f"{name}.key"]
    openssl(folder, "ca", "-batch", "-config", f"{name}.cnf", "-in", f"{name}.csr", "-out",
            f"{name}.crt", "-notext", "-startdate", start, "-enddate", end, *signer, "-md", digest,
            "-extfile", f"{name}.ext", "-utf8")  # fmt: skip


def certificates(folder: Path) -> None:
    """Make a CA of the lab (`ca.crt`), a certificate from it for loki.lan (`loki.crt`, `loki.key`),
    and a password file with alice and hunter2 (`users`)."""
    authority(folder)
    openssl(folder, "req", "-newkey", *EC, "-nodes", "-keyout", "loki.key", "-out", "loki.csr",
            "-subj", "/CN=loki.lan")  # fmt: skip
    (folder / "names").write_text("subjectAltName=DNS:loki.lan\nextendedKeyUsage=serverAuth\n")
    openssl(folder, "x509", "-req", "-in", "loki.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days",
            "2", "-CAcreateserial", "-extfile", "names", "-out", "loki.crt")  # fmt: skip
    secret = subprocess.check_output(["openssl", "passwd", "-apr1", "hunter2"], text=True)
    (folder / "users").write_text(f"alice:{secret}")
