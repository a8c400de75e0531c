"""Pure: host names in other scripts → their ASCII form for DNS, TLS and HTTP.

The rules are those of browsers (UTS 46, non-transitional processing): ß, ς, ZWJ and ZWNJ are valid
characters (IDNA 2008, RFC 5892); the standard library's codec (IDNA 2003) changes them to ss, a
plain sigma and nothing. The tables are those of `unicodedata`.
"""

from __future__ import annotations

import unicodedata

_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # full stops of other scripts (UTS 46, 4)
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_JOINERS = (_ZWNJ, _ZWJ)
# Characters that case folding changes and the standard keeps; ẞ is the capital ß (UTS 46, revision
# 31).
_KEPT = {"ß": "ß", "ẞ": "ß", "ς": "ς", _ZWNJ: _ZWNJ, _ZWJ: _ZWJ}
# Invisible characters, which are removed: soft hyphens, zero-width spaces, fillers, variation
# selectors.
_IGNORED = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u200b\u2060\u3164\ufeff\uffa0"
) | {chr(0xFE00 + n) for n in range(16)}
_VIRAMA = 9  # the combining class of characters that join letters
_LONGEST = 63  # bytes of a label
_MOST = 253  # characters of a name
_RIGHT = ("R", "AL")


def joined(text: str) -> str:
    """The text without joiners, which are invisible but valid in names."""
    return text.replace(_ZWNJ, "").replace(_ZWJ, "")


def to_ascii(name: str) -> str:
    """The ASCII form of a host name: each label with other characters becomes `xn--…`, ASCII labels
    stay as they are. Raises ValueError if no host can have that name."""
    if name.isascii():
        return name
    if len(name) > _MOST:
        raise ValueError("is too long for a host name")
    folded_name = folded(name)
    # one character may fold to several: ℀ becomes a/c, which would end the host
    wrong = next((sign for sign in folded_name if sign.isascii() and not _is_plain(sign)), "")
    if wrong:
        raise ValueError(f"has a character that is not allowed in a host name: {wrong!a}")
    return ".".join(map(_label, folded_name.split(".")))


def _is_plain(sign: str) -> bool:
    return sign.isalnum() or sign in "-_."


def folded(name: str) -> str:
    """The name in the form for display: lower case, each character in its normal form. Done twice:
    some normal forms contain capitals."""
    for _ in range(2):
        name = "".join(map(_small, name))
    return unicodedata.normalize("NFC", name.translate(_DOTS))


def _small(sign: str) -> str:
    if sign in _IGNORED:
        return ""
    kept = _KEPT.get(sign)
    # a lunate sigma becomes a sigma, not a final one
    return kept or unicodedata.normalize("NFKC", sign.casefold()).replace("ς", "\u03c3")


def _label(label: str) -> str:
    if label.isascii():
        return label
    if label[0] == "-" or label[-1] == "-" or label[2:4] == "--":
        raise ValueError("has a hyphen in a place that is not allowed")
    if unicodedata.category(label[0])[0] == "M":
        raise ValueError("begins with an accent without a letter")
    for index, sign in enumerate(label):
        if not _is_allowed(label, index, sign):
            raise ValueError(
                f"has a character that is not allowed in a host name: U+{ord(sign):04X}"
            )
    if not _is_one_direction(label):
        raise ValueError("mixes left-to-right and right-to-left text")
    encoded = "xn--" + label.encode("punycode").decode("ascii")
    if len(encoded) > _LONGEST:
        raise ValueError("has a part that is too long")
    return encoded


def _is_allowed(label: str, index: int, sign: str) -> bool:
    if sign in _JOINERS:
        return _joins(label, index, sign)
    if sign.isascii():
        return True  # checked before
    if sign == "\ufffd":
        return False  # the replacement for unreadable bytes
    # letters, marks, digits, and the symbols that browsers accept: ☃ and 💩 have domains
    kind = unicodedata.category(sign)
    return kind[0] in "LMN" or kind in ("So", "Sm", "Po")


def _joins(label: str, index: int, sign: str) -> bool:
    """Whether a joiner is in a place where it changes the look of letters (RFC 5892, A.1 and A.2):
    after a virama, or for ZWNJ between letters of a joining script such as Arabic."""
    before, after = label[:index], label[index + 1 :].lstrip("".join(_JOINERS))
    if before and unicodedata.combining(before[-1]) == _VIRAMA:
        return True
    return (
        sign == _ZWNJ
        and before != ""
        and after != ""
        and all(unicodedata.bidirectional(sign) in ("AL", "NSM") for sign in (before[-1], after[0]))
    )


def _is_one_direction(label: str) -> bool:
    """Whether a right-to-left label has that direction from its first to its last letter (RFC 5893,
    2)."""
    kinds = [unicodedata.bidirectional(sign) for sign in label]
    if not any(kind in ("R", "AL", "AN") for kind in kinds):
        return True
    ends = [kind for kind in kinds if kind != "NSM"] or [""]
    both_digits = "EN" in kinds and "AN" in kinds
    right = ends[0] in _RIGHT and ends[-1] in (*_RIGHT, "EN", "AN")
    return right and "L" not in kinds and not both_digits
