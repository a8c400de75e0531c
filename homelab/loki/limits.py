"""Pure: read the limits that a Loki reports, and name those that are tighter than homelab expects.

Newer Lokis report a tenant's limits as JSON at `/loki/api/v1/drilldown-limits` (the operator's
`tenant_limits_allow_publish` chooses which); `/config` is the whole configuration as YAML, and
often not routed. Both write a duration as Prometheus does: `30d1h`, `1w`, `0s` for none.

Only `/config` shows how far an entry may be behind the newest of its stream: half of the ingester's
`max_chunk_age`, and nothing if `unordered_writes` is false (Loki: pkg/ingester/stream.go,
validateEntries; newer ones lack that setting, and always accept such entries).
"""

from __future__ import annotations

from homelab.loki import answer_shape
from homelab.texts import clipped
from homelab.times import DAY, MILLISECOND, SECOND

JSON = "/loki/api/v1/drilldown-limits"
YAML = "/config"
# The limits to show, in this order.
SHOWN = (
    "retention_period",
    "max_query_length",
    "max_query_series",
    "max_entries_limit_per_query",
    "reject_old_samples_max_age",
)
# (limit, the least that homelab expects, what happens below it)
_EXPECTED = (
    ("retention_period", 30 * DAY, "older lines are deleted, so usage top sees no further back"),
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
# Late runs are sent in streams that cover a quarter of an hour each.
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
    """The limits in a drilldown answer, as text by name; empty if it is not such an answer."""
    try:
        published = answer_shape.parsed(body)["limits"].items()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    limits = {name: str(value) for name, value in published if isinstance(value, (str, int))}
    # json's True and False in lower case, as YAML and Go write them
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
    """The limits that matter here, for people."""
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
    """A sentence for each limit that is tighter than homelab expects."""
    sentences = []
    for name, least, consequence in _EXPECTED:
        # 0 means unlimited, for all of them
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
            f"the out-of-order window is below {_span(_WINDOW)}: some runs that are sent late"
            " are refused and not counted; set the ingester's max_chunk_age to twice that or"
            " more"
        )
    return sentences


def out_of_order_window(limits: dict[str, str]) -> int | None:
    """How far (ns) an entry may be behind the newest of its stream; None if not reported."""
    if limits.get(_UNORDERED) == "false":
        return 0
    age = size(limits.get(_CHUNK_AGE, ""))
    return None if age is None else age // 2


def _span(nanoseconds: int) -> str:
    """A duration as Loki writes it, in whole seconds: `1h`, `22m30s`; `none` for 0."""
    rest = nanoseconds // SECOND
    text = ""
    for unit, seconds in (("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        text += f"{count}{unit}" if count else ""
    return text or "none"


class Limit:
    """A limit that a query exceeded: its `name` in Loki's configuration, its `value` as text ("" if
    unknown), and `advice` for the user."""

    __slots__ = ("advice", "name", "value")

    def __init__(self, name: str, value: str, advice: str) -> None:
        self.name = name
        self.value = value
        self.advice = advice


_SHORTER = "ask for a shorter time, or raise the limit"
_NARROWER = "narrow the selector, ask for a shorter time, or raise the limit"
MESSAGE = "grpc_server_max_send_msg_size"
ENTRIES = "max_entries_limit_per_query"
LENGTH = "max_query_length"
LOOKBACK = "max_query_lookback"
OUTSTANDING = "max_outstanding_per_tenant"
# Text in a refusal, the limit's name, the text before its value, advice (Loki: pkg/util/validation,
# pkg/querier/queryrange/limits.go, pkg/logqlmodel/error.go).
_REFUSALS = (
    ("time range exceeds the limit", LENGTH, "limit: ", _SHORTER),
    ("max entries limit per query", ENTRIES, "> ", "ask for fewer lines, or raise the limit"),
    (
        "maximum number of series",
        "max_query_series",
        "series (",
        "group by fewer labels, or raise the limit",
    ),
    ("would read too many bytes", "max_query_bytes_read", "limit: ", _NARROWER),
    ("to execute on a single querier", "max_querier_bytes_read", "limit: ", _NARROWER),
    ("streams matchers per query", "max_streams_matchers_per_query", "> ", "use fewer labels"),
    (LOOKBACK, LOOKBACK, "max_query_lookback (", "ask for a more recent time"),
    ("max number of chunks limit", "max_chunks_per_query", "limit: ", _NARROWER),
    ("missing required matchers", "required_labels", "matchers [", "use these labels"),
    ("less label matchers than", "minimum_labels_number", "label_matchers: ", "use more labels"),
    ("value exceeds limit", "max_query_range", "", "use a shorter range in []"),
    ("too many outstanding requests", OUTSTANDING, "", "try later"),
    ("timed out, decrease", "query_timeout", "", _NARROWER),
    ("message larger than max", MESSAGE, "vs. ", "ask for less, or raise the limit"),
)


def refused(words: str) -> Limit | None:
    """The limit that a refusal of Loki is about, None if it is about something else."""
    for phrase, name, before, advice in _REFUSALS:
        if phrase in words:
            value = words.rpartition(before)[2] if before and before in words else ""
            for end in ")];,":
                value = value.partition(end)[0]
            return Limit(name, clipped(value.strip(), _LONGEST), advice)
    return None


def longest(words: str) -> int:
    """The longest window (ns) that Loki accepts, if the refusal is about that; else 0."""
    limit = refused(words)
    return (size(limit.value) or 0) if limit and limit.name == LENGTH else 0


def without_advice(words: str) -> str:
    """A refusal without Loki's advice at its end, which ours replaces."""
    return words.partition("; consider")[0].partition(", decrease")[0]


def _idle(name: str, limits: dict[str, str]) -> bool:
    """Whether a limit is set, but the feature it belongs to is off."""
    if name == "retention_period":
        return limits.get("compactor.retention_enabled") == "false"
    return name == "reject_old_samples_max_age" and limits.get("reject_old_samples") == "false"


def size(text: str) -> int | None:
    """A count, or a duration in ns; None if the text is neither."""
    if len(text) > _LONGEST:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    total, digits, unit = 0, "", ""
    for char in text + "0":
        if char.isascii() and char.isdigit():
            if unit:
                if not digits or unit not in _UNITS:
                    return None
                total += int(digits) * _UNITS[unit]
                digits, unit = "", ""
            digits += char
        else:
            unit += char
    return total if digits == "0" and text and not text[-1].isdigit() else None
