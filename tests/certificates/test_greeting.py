"""The protocol of a server, by its first bytes (recorded from real servers) and its port."""

from __future__ import annotations

import pytest

from homelab.certificates import greeting

MARIADB = b"\x5b\0\0\0\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\0\x05\0\0\0lU_z[,6;\0\xfe\xf7-\x02\0"


@pytest.mark.parametrize(
    ("first", "protocol"),
    [
        (MARIADB, "mysql"),
        (b"\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0", "mysql"),
        # a host that is not allowed
        (b"\x45\0\0\0\xff\x6a\x04Host '10.0.0.5' is not allowed to connect", "mysql"),
        (b"220 mail.lan ESMTP Postfix (Debian/GNU)\r\n", "smtp"),
        (b"220-mail.lan ESMTP Exim 4.96\r\n220 no spam\r\n", "smtp"),
        (b"220 (vsFTPd 3.0.3)\r\n", "ftp"),
        (b"220 ProFTPD Server (Debian) [192.0.2.1]\r\n", "ftp"),
        (b"220 welcome\r\n", ""),
        (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n", "imap"),
        (b"+OK Dovecot ready.\r\n", "pop3"),
        (b'"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"SIEVE" "fileinto"\r\n', "sieve"),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", ""),
        (b"", ""),
        (b"2", ""),
    ],
)
def test_protocols_with_starttls_are_known_by_their_greeting(first: bytes, protocol: str) -> None:
    """C26."""
    assert greeting.protocol(first) == protocol


@pytest.mark.parametrize(
    ("first", "port", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", 443, "it speaks SSH, which has no TLS"),
        (b"RFB 003.008\n", 5900, "it speaks VNC, whose STARTTLS homelab does not know"),
        (
            b"200 news.lan InterNetNews NNRP server\r\n",
            119,
            "it speaks NNTP, whose STARTTLS homelab does not",
        ),
        (
            b":irc.lan NOTICE * :*** Looking up\r\n",
            6667,
            "it speaks IRC, whose STARTTLS homelab does not",
        ),
        (
            b"NOTICE AUTH :*** Looking up\r\n",
            6667,
            "it speaks IRC, whose STARTTLS homelab does not",
        ),
        (b"-DENIED Redis is running in protected mode", 6379, "it speaks Redis, with TLS off"),
        (b"220 welcome\r\n", 2121, "it speaks SMTP or FTP; use --starttls smtp or --starttls ftp"),
        (b"", 3389, "it does not begin with TLS; port 3389 is usually RDP, whose STARTTLS"),
        (b"", 27017, "it does not begin with TLS; port 27017 is usually MongoDB"),
        (b"", 8443, ""),
        (b"hello\r\n", 3389, ""),
    ],
)
def test_protocols_without_starttls_are_named(first: bytes, port: int, words: str) -> None:
    """C26: no message says "no TLS" for a protocol in which TLS may start later."""
    assert greeting.spoken(first, port).startswith(words)
    assert bool(greeting.spoken(first, port)) == bool(words)
