"""Pure: names of hosts in other scripts, in the ASCII form that DNS, TLS and HTTP have of them.

As browsers do it (UTS 46, non-transitional processing): ß, ς, ZWJ and ZWNJ are letters of their own
(IDNA 2008, RFC 5892), which the standard library's codec of 2003 makes ss, a sigma and nothing of.
The tables are those of `unicodedata`.
"""

from __future__ import annotations

import unicodedata

_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")  # full stops of other scripts (UTS 46, 4)
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_JOINERS = (_ZWNJ, _ZWJ)
# What folding would change and the standard keeps; ẞ is ß in capitals (UTS 46, revision 31).
_KEPT = {"ß": "ß", "ẞ": "ß", "ς": "ς", _ZWNJ: _ZWNJ, _ZWJ: _ZWJ}
# What nobody sees in a name, and is left out: soft hyphens, zero-width spaces, fillers, variation
# selectors.
_IGNORED = frozenset(
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u200b\u2060\u3164\ufeff\uffa0"
) | {chr(0xFE00 + n) for n in range(16)}
_VIRAMA = 9  # the combining class after which letters are joined
_LONGEST = 63  # bytes of a label
_MOST = 253  # characters of a name
_RIGHT = ("R", "AL")


def joined(text: str) -> str:
    """The text without the joiners, which are invisible and still belong to names."""
    return text.replace(_ZWNJ, "").replace(_ZWJ, "")


def to_ascii(name: str) -> str:
    """The ASCII form of a host's name: each label with other characters becomes `xn--…`; one of
    ASCII alone is as it was. Raises ValueError where no host can have that name."""
    if name.isascii():
        return name
    if len(name) > _MOST:
        raise ValueError("is longer than a host's name")
    folded_name = folded(name)
    # what looks like one character may be several: ℀ is a/c, which would end the host
    wrong = next((sign for sign in folded_name if sign.isascii() and not _is_plain(sign)), "")
    if wrong:
        raise ValueError(f"has a character that no name has: {wrong!a}")
    return ".".join(map(_label, folded_name.split(".")))


def _is_plain(sign: str) -> bool:
    return sign.isalnum() or sign in "-_."


def folded(name: str) -> str:
    """A name as it is shown: capitals made small, each character in its usual form. That is done
    twice: the usual form of some has capitals in it."""
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
        raise ValueError("has a hyphen where no name has one")
    if unicodedata.category(label[0])[0] == "M":
        raise ValueError("begins with an accent of no letter")
    for index, sign in enumerate(label):
        if not _is_allowed(label, index, sign):
            raise ValueError(f"has a character that no name has: U+{ord(sign):04X}")
    if not _is_one_direction(label):
        raise ValueError("mixes directions of writing")
    encoded = "xn--" + label.encode("punycode").decode("ascii")
    if len(encoded) > _LONGEST:
        raise ValueError("has a part that is too long")
    return encoded


def _is_allowed(label: str, index: int, sign: str) -> bool:
    if sign in _JOINERS:
        return _joins(label, index, sign)
    if sign.isascii():
        return True  # that was looked at before
    if sign == "\ufffd":
        return False  # what could not be read
    # letters, marks, digits, and the signs that browsers take: ☃ and 💩 have names
    kind = unicodedata.category(sign)
    return kind[0] in "LMN" or kind in ("So", "Sm", "Po")


def _joins(label: str, index: int, sign: str) -> bool:
    """Whether a joiner is where it changes how letters look (RFC 5892, A.1 and A.2): behind a
    virama, and a ZWNJ between letters of a script that joins them, as Arabic's do."""
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
    """Whether a label from right to left is so from its first letter to its last (RFC 5893, 2)."""
    kinds = [unicodedata.bidirectional(sign) for sign in label]
    if not any(kind in ("R", "AL", "AN") for kind in kinds):
        return True
    ends = [kind for kind in kinds if kind != "NSM"] or [""]
    both_digits = "EN" in kinds and "AN" in kinds
    right = ends[0] in _RIGHT and ends[-1] in (*_RIGHT, "EN", "AN")
    return right and "L" not in kinds and not both_digits
