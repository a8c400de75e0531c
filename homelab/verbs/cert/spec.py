"""The descriptions of the verbs `cert …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS
from homelab.catalogue.verb import Argument, Verb

_STARTTLS = (
    "ftp", "imap", "ldap", "mysql", "pop3", "postgres", "sieve", "smtp", "xmpp", "xmpp-server",
)  # fmt: skip

VERBS = (
    Verb(
        "cert check",
        "certificates of servers and in files, the first to expire first",
        "homelab.verbs.cert.check:check",
        arguments=(
            Argument("TARGET", "server", "HOST[:PORT], URL or FILE", required=True, many=True),
            Argument(
                "--warn",
                "span",
                "warn if it expires sooner than this (default: 21d or 1/4 of its lifetime)",
            ),
            Argument(
                "--name", "address", "ask for this host name and expect it (default: the target's)"
            ),
            Argument("--ca-file", "file", "also trust the CAs in this file", value="FILE"),
            Argument("--any-issuer", "flag", "accept any issuer: check only dates and names"),
            Argument(
                "--starttls",
                "text",
                "use STARTTLS of this protocol, whatever the port",
                choices=_STARTTLS,
                value="PROTOCOL",
            ),
            Argument("--timeout", "span", "how long to wait for each server", default="10s"),
            *CHECK,
        ),
        details=(
            "The port is 443 if none is given. On ports 21, 25, 110, 143, 389, 587, 3306, 4190,"
            " 5222, 5269 and 5432, STARTTLS of that port's protocol is used; on other ports, of the"
            " protocol in which the server greets. A TARGET is a file if it has a / or ends in"
            " .pem, .crt, .cer, .der, .p7b or .json (PEM, DER, PKCS #7, Traefik's acme.json; each"
            " certificate in it is a row), or if a file of that name is here; HOST:443 is never a"
            " file. Whether the issuer is trusted is checked for servers only. Critical is what"
            " clients refuse: self-signed certificates too, and those of the lab's own CA, unless"
            " --ca-file names the CA or --any-issuer accepts all. A certificate that expires in"
            " less than 21 days is a warning, in less than 3 days critical; for a short-lived"
            " certificate, the limits are a quarter and a tenth of its lifetime. --warn sets the"
            " limit of the warning for all certificates."
        ),
        examples=(
            "homelab cert check nas.lan:8443 https://git.lan/ mail.lan:25",
            "homelab cert check --ca-file /etc/ssl/lab-ca.pem nas.lan pve.lan:8006",
            "homelab cert check --all /etc/letsencrypt/live/*/fullchain.pem",
        ),
        exits=(
            (0, "all certificates are fine"),
            (1, "a certificate has a problem or expires soon"),
            (69, "no problem found, but a certificate could not be read"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
        core=True,
    ),
)
