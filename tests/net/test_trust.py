"""The TLS contexts of all verbs: the same rules in every Python version."""

from __future__ import annotations

import ast
import ssl
from pathlib import Path
from typing import Any

import pytest
from support.world import ROOT

from homelab.jobs import ping
from homelab.jobs.web_request import WebRequest
from homelab.loki import transport
from homelab.net import trust
from homelab.services.options import RequestOptions

STRICT = 0x20


@pytest.fixture
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let contexts begin with the flag of Python 3.13."""
    make = ssl.create_default_context

    def strict(*words: Any, **named: Any) -> ssl.SSLContext:
        found = make(*words, **named)
        found.verify_flags |= STRICT
        return found

    monkeypatch.setattr(ssl, "create_default_context", strict)


@pytest.mark.usefixtures("_strict")
def test_a_ca_without_key_usage_is_as_good_in_every_python() -> None:
    """C8: in the telemetry's sender, all requests to Loki, `service check` and `cert check`."""
    from homelab.certificates.server import Trust

    for context in (
        trust.verified(),
        trust.context(),
        transport.trust(transport.TlsFiles(), 5),
        RequestOptions(5).usual,
        RequestOptions(5).trusting,
        Trust()._usual,
        Trust()._trusting,
    ):
        assert not context.verify_flags & STRICT
        assert context.verify_mode == ssl.CERT_REQUIRED


def test_a_ping_is_sent_by_the_same_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """C8: by default, urllib makes its own context."""
    made = []
    verified = trust.verified

    def noted() -> ssl.SSLContext:
        made.append(verified())
        return made[-1]

    monkeypatch.setattr(trust, "verified", noted)
    why, _ = ping._sent(WebRequest("https://127.0.0.1:9/x"))
    assert why == "Connection refused"
    assert len(made) == 1


def test_contexts_are_made_in_one_place() -> None:
    """C8: a context made in another place would differ between Python versions."""
    makers = {
        "create_default_context", "SSLContext", "_create_unverified_context", "HTTPSConnection",
        "urlopen",
    }  # fmt: skip
    for path in sorted(Path(ROOT / "homelab").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(name in text for name in makers):
            continue
        calls = [
            ast.unparse(node.func).rpartition(".")[2]
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call)
        ]
        if makers & set(calls):
            assert path.relative_to(ROOT).as_posix() == "homelab/net/trust.py"
