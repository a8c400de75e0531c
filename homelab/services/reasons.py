"""Why a service did not answer, in words, by the phase that failed."""

from __future__ import annotations

from homelab.net import failures

_CLOSED = "it closed the connection in the handshake"
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
        failures.Timeout: "no whole handshake within {seconds:g} s",
        failures.Closed: _CLOSED,
        failures.ConnectionFailed: "the handshake failed: {reason}",
        failures.NotTls: "what answers there speaks no TLS; is it an http one?",
        failures.ClosedInHandshake: _CLOSED,
        failures.UnknownServerName: "it has no certificate for that name, and says so",
        failures.CertificatesTooLong: "its certificates are more than a client takes (100 KiB)",
        failures.HandshakeRefused: "it refuses the handshake: no version or cipher in common, or it"
        " wants a client's",
        failures.TlsFailed: "the handshake failed: {plain}",
        failures.NetworkError: "no name that TLS could ask for",
    },
    "HTTP": {
        failures.Timeout: "{late} within {seconds:g} s",
        failures.NoAnswer: "it closed the connection without an answer",
        failures.NotHttp: "it speaks something else: {said}",
        failures.UnknownVersion: "it speaks another version: {said}",
        failures.HeaderTooLong: "a line of its headers is over 64 KiB",
        failures.HttpFailed: "{said}",
        failures.ClientCertificateRequired: "it wants a client's certificate",
        failures.TlsFailed: "TLS broke off: {plain}",
        failures.Closed: "it broke the connection off without an answer",
        failures.ConnectionFailed: "{plain}",
        failures.NetworkError: "its headers can't be read",
    },
    "body": {
        failures.Timeout: "its text was not whole within {seconds:g} s",
        failures.NetworkError: "it broke the connection off in the middle of its text",
    },
}
