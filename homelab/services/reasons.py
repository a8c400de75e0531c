"""The words for why a service did not answer, by the phase that failed."""

from __future__ import annotations

from homelab.net import failures

_CLOSED = "the server closed the connection in the handshake"
WORDS: dict[str, failures.Words] = {
    "lookup": {
        **{kind: "{host}: " + words for kind, words in failures.LOOKUP.items()},
        failures.Timeout: "no name server answers for {host} within {seconds:g} s",
    },
    "connect": {
        **{kind: words + ": {where}" for kind, words in failures.UNREACHED.items()},
        failures.Timeout: "no answer at {where} within {seconds:g} s",
        failures.Refused: "connection refused at {where}",
    },
    "TLS": {
        failures.Timeout: "handshake not complete within {seconds:g} s",
        failures.Closed: _CLOSED,
        failures.ConnectionFailed: "the handshake failed: {reason}",
        failures.NotTls: "the port answers without TLS; is it http?",
        failures.ClosedInHandshake: _CLOSED,
        failures.UnknownServerName: "the server says that it has no certificate for this name",
        failures.CertificatesTooLong: "the certificates are larger than clients accept (100 KiB)",
        failures.HandshakeRefused: "the server refuses the handshake: no common version or"
        " cipher, or it requires a client certificate",
        failures.TlsFailed: "the handshake failed: {plain}",
        failures.NetworkError: "not a host name that TLS can use",
    },
    "HTTP": {
        failures.Timeout: "{late} within {seconds:g} s",
        failures.NoAnswer: "the server closed the connection without an answer",
        failures.NotHttp: "the answer is not HTTP: {said}",
        failures.UnknownVersion: "unsupported version of HTTP: {said}",
        failures.HeaderTooLong: "a header line is longer than 64 KiB",
        failures.HttpFailed: "{said}",
        failures.ClientCertificateRequired: "the server requires a client certificate",
        failures.TlsFailed: "TLS failed: {plain}",
        failures.Closed: "the server reset the connection without an answer",
        failures.ConnectionFailed: "{plain}",
        failures.NetworkError: "the headers can't be read",
    },
    "body": {
        failures.Timeout: "body not complete within {seconds:g} s",
        failures.NetworkError: "the connection broke in the middle of the body",
    },
}
