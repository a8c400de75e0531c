"""Pages to look at: with few and with many rows, with none, and with labels that try to be markup.

`PYTHONPATH=.:tests python3 -m support.sample_pages FOLDER` writes them there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from homelab.output.answer import Column, Table
from homelab.output.page import bars, html, intervals, trend

HOSTILE = (
    '"><svg onload=alert(1)>',
    "</script><script>alert(2)</script>",
    "</style><style>*{display:none}",
    "</title><img src=http://127.0.0.1:9/x onerror=alert(3)>",
    "<!--",
    "]]>&lt;&#x3c;&amp;",
    "a\nb\r\tc\u2028d",
    "\u202egnp.exe \u2066x",
    "\x00\x1b[31m\x07\ud800",
    "x" * 10_000,
    "😀👩\u200d👩\u200d👧",
    "مرحبا بالعالم",
    "back\\slash \"double\" 'single' `tick`",
    "日本語の長い名前" * 20,
    "%s {0} ${x} url(http://127.0.0.1:9/)",
    " ",
)
RUNS = ("run", "runs")
FIRST = 20_750  # a day since the epoch: 2026-10-24


def rows(names: tuple[str, ...]) -> list[tuple[str, int, int]]:
    """(name, runs, failed): the counts fall with the rank like real ones."""
    found = []
    for number, name in enumerate(names, 1):
        runs = max(1, 4000 // number)
        found.append((name, runs, runs * (number * 7 % 5) // 20))
    return found


def page(names: tuple[str, ...], days: int = 30) -> str:
    """A page with every kind of section."""
    found = rows(names)
    top = Table(
        "x/1",
        (
            Column("verb"),
            Column("runs", "count"),
            Column("share", "share"),
            Column("failed", "count"),
            Column("last", "moment"),
        ),
        [(n, r, r / 40_000, f, 1795467424461449089 - r * 10**12) for n, r, f in found],
        notes=("a note on it",),
        empty="no runs since 2026-10-24; run a verb, and ask again",
    )
    step = 7 if days > 60 else 1
    periods = range(-(-days // step))
    values = {name: [runs * (at % 7) // 60 for at in periods] for name, runs, _ in found}
    sums = [sum(of[at] for of in values.values()) for at in periods]
    per_day = Table(
        "x/1",
        (Column("verb"), *(Column(f"10-{at:02}", "count") for at in periods)),
        [(name, *of) for name, of in values.items()],
        empty="no runs",
    )
    drawn = trend.Days(FIRST, step)
    return html.page(
        "homelab usage",
        "2026-10-24 to 2026-11-23",
        [("Runs", "12,345"), ("Verbs", str(len(names))), *([(names[0], "x")] if names else [])],
        [
            html.Section(
                "top", "Most used", "Runs of each verb.", top,
                bars.chart(
                    "top", "Runs by verb", [bars.Bar(*row) for row in found], RUNS, "failed"
                ),
                command="homelab usage top",
            ),
            html.Section(
                "trend", "Over time", "Runs per day.", per_day,
                [
                    *trend.chart("trend", "Runs per day", drawn, sums if names else [], RUNS),
                    *trend.multiples(drawn, list(values.items()), RUNS),
                ],
                folded="The numbers",
            ),
            html.Section(
                "failures", "Failures", "How often each fails.", top,
                intervals.chart(
                    "failures", "Failure rate by verb",
                    [
                        intervals.Interval(n, f / r, f / r / 2, min(1, f / r * 2 + 0.01), f"of {r}")
                        for n, r, f in found
                    ],
                ),
            ),
            *(
                html.Section(f"more{number}", name, name, top, command=name)
                for number, name in enumerate(names[:1])
            ),
        ],
        "made by a test",
    )  # fmt: skip


def many(count: int) -> tuple[str, ...]:
    """So many names."""
    return tuple(f"verb number{number}" for number in range(count))


PAGES: dict[str, Callable[[], str]] = {
    "none": lambda: page(()),
    "one": lambda: page(("host status",), days=1),
    "few": lambda: page(many(3), days=7),
    "month": lambda: page(many(21)),
    "many": lambda: page(many(1000), days=400),
    "hostile": lambda: page(HOSTILE),
}

if __name__ == "__main__":
    for name, make in PAGES.items():
        Path(sys.argv[1], f"{name}.html").write_text(make(), encoding="ascii")
