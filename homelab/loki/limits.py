"""Pure: what a Loki tells of its limits, and where they are tighter than this program counts on.

Newer Lokis tell a tenant's limits as JSON at `/loki/api/v1/drilldown-limits` (which of them, the
operator's `tenant_limits_allow_publish` decides); `/config` is the whole configuration as YAML,
often not routed. Both write a span as Prometheus does: `30d1h`, `1w`, `0s` for none.

How far behind the newest entry of its stream an entry may be is told by `/config` alone: half of
the ingester's `max_chunk_age`, and nothing where `unordered_writes` is false (Loki:
pkg/ingester/stream.go, validateEntries; newer ones have no such setting, and no other way).
"""

from __future__ import annotations

from homelab.loki import answer_shape
from homelab.texts import clipped
from homelab.times import DAY, MILLISECOND, SECOND

JSON = "/loki/api/v1/drilldown-limits"
YAML = "/config"
# What is shown, in this order.
SHOWN = (
    "retention_period",
    "max_query_length",
    "max_query_series",
    "max_entries_limit_per_query",
    "reject_old_samples_max_age",
)
# (limit, the least that this program counts on, what happens below it)
_EXPECTED = (
    ("retention_period", 30 * DAY, "what is older is gone, so usage top sees no further back"),
    ("max_query_lookback", 30 * DAY, "usage top sees no further back"),
    # thirty days of usage top, widened to whole milliseconds
    (
        "max_query_length",
        30 * DAY + SECOND,
        "usage top over its usual 30 d is refused: use a shorter --since, or raise it to 30d1h",
    ),
    ("reject_old_samples_max_age", 7 * DAY, "runs that waited longer to be sent are refused"),
    ("max_query_series", 500, "usage top may be refused where many verbs are used: raise it"),
    ("max_entries_limit_per_query", 5000, "logs query --limit can ask for no more"),
)
_CHUNK_AGE = "ingester.max_chunk_age"
_UNORDERED = "unordered_writes"
# Late runs travel in streams of a quarter of an hour each.
_WINDOW = 900 * SECOND
_UNITS = {
    "ms": MILLISECOND,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": DAY,
    "w": 7 * DAY,
    "y": 365 * DAY,
}
_LONGEST = 60  # characters of a limit's value
_BLOCKS = {"limits_config": "", "compactor": "compactor.", "ingester": "ingester."}


def of_json(body: bytes) -> dict[str, str]:
    """The limits in a drilldown answer, as text by name; none where it is no such answer."""
    try:
        told = answer_shape.parsed(body)["limits"].items()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    limits = {name: str(value) for name, value in told if isinstance(value, (str, int))}
    # json's True and False, as YAML and Go write them
    return {name: text.lower() for name, text in limits.items() if _is_shown(text)}


def of_yaml(body: bytes) -> dict[str, str]:
    """The limits in a whole configuration: the plain lines of its block `limits_config`, and those
    of `compactor` and `ingester` under their full names (`compactor.retention_enabled`)."""
    limits: dict[str, str] = {}
    block, margin = None, 0
    for line in body.decode("utf-8", "replace").splitlines():
        indent = len(line) - len(line.lstrip(" "))
        key, colon, value = line.strip().partition(":")
        if not indent:
            block, margin = _BLOCKS.get(key), 0
        elif block is not None:
            margin = margin or indent
            value = value.strip().strip("\"'")
            if colon and indent == margin and value and _is_shown(value):
                limits[block + key] = value
    return limits


def _is_shown(text: str) -> bool:
    return text.isprintable() and len(text) <= _LONGEST


def shown(limits: dict[str, str]) -> list[str]:
    """The limits that matter here, for a reader."""
    parts = [
        f"{name} {'unlimited' if size(limits[name]) == 0 else limits[name]}"
        for name in SHOWN
        if name in limits
    ]
    window = out_of_order_window(limits)
    if window is not None:
        parts.append(f"out-of-order window {_span(window)}")
    return parts


def tighter(limits: dict[str, str]) -> list[str]:
    """A sentence for each limit that is below what this program counts on."""
    sentences = []
    for name, least, consequence in _EXPECTED:
        # 0 is no limit, of all of them
        if 0 < (size(limits.get(name, "")) or 0) < least and not _idle(name, limits):
            sentences.append(f"{name} is {limits[name]}: {consequence}")
    window = out_of_order_window(limits)
    if limits.get(_UNORDERED) == "false":
        sentences.append(
            f"{_UNORDERED} is false: a run older than the newest of its stream is refused and not"
            " counted; set it to true"
        )
    elif window is not None and window < _WINDOW:
        sentences.append(
            f"the out-of-order window is below {_span(_WINDOW)}: of the runs that are sent late"
            " some are refused and not counted; set the ingester's max_chunk_age to twice that or"
            " more"
        )
    return sentences


def out_of_order_window(limits: dict[str, str]) -> int | None:
    """How far (ns) an entry may be behind the newest of its stream; None where it is not told."""
    if limits.get(_UNORDERED) == "false":
        return 0
    age = size(limits.get(_CHUNK_AGE, ""))
    return None if age is None else age // 2


def _span(nanoseconds: int) -> str:
    """A span as Loki writes it, in whole seconds: `1h`, `22m30s`; `none` for 0."""
    rest = nanoseconds // SECOND
    text = ""
    for unit, seconds in (("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        text += f"{count}{unit}" if count else ""
    return text or "none"


class Limit:
    """A limit that a question was over: its `name` in Loki's configuration, its `value` as text (""
    where it was not said), and how to `mend` it."""

    __slots__ = ("mend", "name", "value")

    def __init__(self, name: str, value: str, mend: str) -> None:
        self.name = name
        self.value = value
        self.mend = mend


_SHORTER = "ask for a shorter time, or raise it"
_NARROWER = "narrow the selector, ask for a shorter time, or raise it"
MESSAGE = "grpc_server_max_send_msg_size"
ENTRIES = "max_entries_limit_per_query"
LENGTH = "max_query_length"
LOOKBACK = "max_query_lookback"
OUTSTANDING = "max_outstanding_per_tenant"
# What a refusal says, the limit's name, what stands before its value, how to mend it (Loki:
# pkg/util/validation, pkg/querier/queryrange/limits.go, pkg/logqlmodel/error.go).
_REFUSALS = (
    ("time range exceeds the limit", LENGTH, "limit: ", _SHORTER),
    ("max entries limit per query", ENTRIES, "> ", "ask for fewer lines, or raise it"),
    (
        "maximum number of series",
        "max_query_series",
        "series (",
        "group by fewer labels, or raise it",
    ),
    ("would read too many bytes", "max_query_bytes_read", "limit: ", _NARROWER),
    ("to execute on a single querier", "max_querier_bytes_read", "limit: ", _NARROWER),
    ("streams matchers per query", "max_streams_matchers_per_query", "> ", "name fewer labels"),
    (LOOKBACK, LOOKBACK, "max_query_lookback (", "ask for what is younger"),
    ("max number of chunks limit", "max_chunks_per_query", "limit: ", _NARROWER),
    ("missing required matchers", "required_labels", "matchers [", "name these labels"),
    ("less label matchers than", "minimum_labels_number", "label_matchers: ", "name more labels"),
    ("value exceeds limit", "max_query_range", "", "use a shorter range in [], or raise it"),
    ("too many outstanding requests", OUTSTANDING, "", "try later"),
    ("timed out, decrease", "query_timeout", "", _NARROWER),
    ("message larger than max", MESSAGE, "vs. ", "ask for less, or raise it"),
)


def refused(words: str) -> Limit | None:
    """The limit that a refusal of Loki's is about, None where it is about something else."""
    for said, name, before, mend in _REFUSALS:
        if said in words:
            value = words.rpartition(before)[2] if before and before in words else ""
            for end in ")];,":
                value = value.partition(end)[0]
            return Limit(name, clipped(value.strip(), _LONGEST), mend)
    return None


def longest(words: str) -> int:
    """The longest window (ns) that may be asked for, where a refusal is about that; else 0."""
    limit = refused(words)
    return (size(limit.value) or 0) if limit and limit.name == LENGTH else 0


def without_advice(words: str) -> str:
    """A refusal without the advice behind it: there is one sentence of ours."""
    return words.partition("; consider")[0].partition(", decrease")[0]


def _idle(name: str, limits: dict[str, str]) -> bool:
    """Whether a limit stands there and nothing acts by it."""
    if name == "retention_period":
        return limits.get("compactor.retention_enabled") == "false"
    return name == "reject_old_samples_max_age" and limits.get("reject_old_samples") == "false"


def size(text: str) -> int | None:
    """A count, or a span in ns; None where it is neither."""
    if len(text) > _LONGEST:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    total, digits, unit = 0, "", ""
    for sign in text + "0":
        if sign.isascii() and sign.isdigit():
            if unit:
                if not digits or unit not in _UNITS:
                    return None
                total += int(digits) * _UNITS[unit]
                digits, unit = "", ""
            digits += sign
        else:
            unit += sign
    return total if digits == "0" and text and not text[-1].isdigit() else None
