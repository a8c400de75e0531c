"""Network errors: each has its type, and its words from the caller's table."""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
import subprocess
import sys

import pytest
from support.world import ROOT

from homelab.net import failures


def _tls(kind: type[ssl.SSLError], reason: str = "") -> ssl.SSLError:
    error = kind(1, f"[SSL: {reason}] something (_ssl.c:1006)")
    error.reason = reason
    return error


def _certificate(code: int, message: str) -> ssl.SSLError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def _system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), failures.Timeout),
        (socket.timeout("timed out"), failures.Timeout),
        (_system(errno.ETIMEDOUT), failures.Timeout),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), failures.NoNameServer),
        (socket.gaierror(socket.EAI_NONAME, "Name not known"), failures.NoSuchName),
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), failures.NoAddress),
        (socket.gaierror(socket.EAI_MEMORY, "Out of memory"), failures.LookupFailed),
        (_system(errno.EMFILE), failures.ConnectionFailed),
        (_system(errno.ECONNREFUSED), failures.Refused),
        (_system(errno.ECONNRESET), failures.Closed),
        (_system(errno.EPIPE), failures.Closed),
        (ConnectionResetError(), failures.Closed),
        (_system(errno.EAGAIN), failures.Busy),
        (_system(errno.EHOSTUNREACH), failures.HostUnreachable),
        (_system(errno.ENETUNREACH), failures.NetworkUnreachable),
        (_system(errno.EACCES), failures.Forbidden),
        (_system(errno.EPERM), failures.Forbidden),
        (_system(errno.EINVAL), failures.BadAddress),
        (_certificate(62, "Hostname mismatch"), failures.NameMismatch),
        (_certificate(64, "IP address mismatch"), failures.NameMismatch),
        (_certificate(10, "certificate has expired"), failures.Expired),
        (_certificate(9, "certificate is not yet valid"), failures.NotYetValid),
        (_certificate(18, "self-signed certificate"), failures.CertificateRefused),
        (_tls(ssl.SSLError, "WRONG_VERSION_NUMBER"), failures.NotTls),
        (_tls(ssl.SSLError, "HTTP_REQUEST"), failures.NotTls),
        (_tls(ssl.SSLEOFError), failures.ClosedInHandshake),
        (_tls(ssl.SSLZeroReturnError), failures.ClosedInHandshake),
        (_tls(ssl.SSLError, "UNEXPECTED_EOF_WHILE_READING"), failures.ClosedInHandshake),
        (_tls(ssl.SSLError, "TLSV1_UNRECOGNIZED_NAME"), failures.UnknownServerName),
        (_tls(ssl.SSLError, "EXCESSIVE_MESSAGE_SIZE"), failures.CertificatesTooLong),
        (_tls(ssl.SSLError, "SSLV3_ALERT_HANDSHAKE_FAILURE"), failures.HandshakeRefused),
        (
            _tls(ssl.SSLError, "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
            failures.ClientCertificateRequired,
        ),
        (_tls(ssl.SSLError, "NO_CIPHERS_AVAILABLE"), failures.TlsFailed),
        (http.client.RemoteDisconnected("closed"), failures.NoAnswer),
        (http.client.IncompleteRead(b"", 5), failures.Incomplete),
        (http.client.BadStatusLine("SSH-2.0"), failures.NotHttp),
        (http.client.UnknownProtocol("HTTP/9"), failures.UnknownVersion),
        (http.client.LineTooLong("header line"), failures.HeaderTooLong),
        (http.client.HTTPException("got more than 100 headers"), failures.HttpFailed),
        (UnicodeError("label empty or too long"), failures.NetworkError),
        (failures.ConnectTimeout("nothing answers"), failures.ConnectTimeout),
    ],
)
def test_errors_have_their_type(error: Exception, kind: type[failures.NetworkError]) -> None:
    assert type(failures.of(error)) is kind


def test_the_tree_in_the_docstring_is_the_types_tree() -> None:
    drawn: list[tuple[int, str]] = []
    for line in (failures.__doc__ or "").split("\n\n")[1].splitlines():
        name = line.replace("│", " ").replace("├── ", "    ").replace("└── ", "    ")
        drawn.append((len(name) - len(name.lstrip()), name.split()[0]))
    above: list[tuple[int, str]] = []
    for depth, name in drawn:
        above = [parent for parent in above if parent[0] < depth]
        if above:
            assert getattr(failures, name).__bases__ == (getattr(failures, above[-1][1]),)
        above.append((depth, name))
    types = [each for each in vars(failures).values() if isinstance(each, type)]
    assert sorted(name for _, name in drawn) == sorted(each.__name__ for each in types)


def test_a_table_without_the_type_words_it_as_the_nearest_one_above() -> None:
    table = {
        failures.TlsFailed: "TLS: {plain} at {where}",
        failures.HandshakeRefused: "no {reason}",
        failures.NetworkError: "{reason}",
    }
    tls = failures.of(_tls(ssl.SSLError, "WRONG_VERSION_NUMBER"))
    assert tls.words(table, where="{nas}") == "TLS: wrong version number at {nas}"
    required = failures.of(_tls(ssl.SSLError, "TLSV13_ALERT_CERTIFICATE_REQUIRED"))
    assert required.words(table) == "no TLSV13_ALERT_CERTIFICATE_REQUIRED"
    assert failures.of(ValueError("{x}")).words(table) == "{x}"
    assert failures.Timeout().words(table) == "no reason given"


def test_to_recognise_an_error_imports_nothing() -> None:
    code = (
        "import sys; from homelab.net import failures\n"
        "print(type(failures.of(OSError(113, 'No route to host'))).__name__)\n"
        "print({'socket', 'ssl', 'http.client'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "HostUnreachable\nset()\n"
