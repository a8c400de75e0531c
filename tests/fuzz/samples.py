"""Real inputs for the fuzz targets: recordings for other tests, and the texts in them."""

from __future__ import annotations

import ast
import base64
import json
from functools import cache
from pathlib import Path

from support.world import ROOT

TESTS = ROOT / "tests"
_LONGEST = 16_384  # bytes of a sample; changes of a long one rarely hit an important part


@cache
def texts_of(*names: str) -> tuple[bytes, ...]:
    """The string and bytes literals in these test files, each once."""
    found: dict[bytes, None] = {}
    for name in names:
        for node in ast.walk(ast.parse((TESTS / name).read_text(encoding="utf-8"))):
            value = node.value if isinstance(node, ast.Constant) else None
            if isinstance(value, str):
                found[value.encode("utf-8", "surrogatepass")] = None
            elif isinstance(value, bytes):
                found[value] = None
    return tuple(text for text in found if len(text) <= _LONGEST)


def files(pattern: str) -> tuple[bytes, ...]:
    """The recorded files below tests/ whose names match, cut to the length of a sample."""
    paths: list[Path] = sorted(TESTS.glob(pattern))
    return tuple(path.read_bytes()[:_LONGEST] for path in paths)


@cache
def answers_of_loki() -> tuple[bytes, ...]:
    """The bodies of a real Loki's answers, and the results in them."""
    records = json.loads((TESTS / "loki/transcripts.json").read_text())["records"]
    found: list[bytes] = []
    for record in records:
        body = record["response"]["body"]
        document = body if isinstance(body, dict) else None
        found.append(json.dumps(body).encode() if document else str(body).encode())
        result = (document or {}).get("data")
        if isinstance(result, dict) and "result" in result:
            found.append(json.dumps(result["result"]).encode())
    return tuple(dict.fromkeys(found))


@cache
def certificates() -> tuple[bytes, ...]:
    """Certificates in DER: of a CA, with an elliptic curve, and with RSA and every kind of name."""
    return tuple(
        base64.b64decode(b"".join(line for line in pem.splitlines() if line[:1] != b"-"))
        for pem in files("fuzz/recorded/*.pem")
    )
