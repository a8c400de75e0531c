"""LogQL that homelab writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from homelab.loki import logql


@given(st.text())
def test_no_label_value_escapes_its_quotes(value: str) -> None:
    text = logql.quoted(value)
    assert text[0] == text[-1] == '"'
    inner = text[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert all(sign.isprintable() for sign in text)
