"""Pure: the positions of values and days on an axis, and the texts of its ticks."""

from __future__ import annotations

from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = date(1970, 1, 1).toordinal()
_SUFFIXES = ("", "k", "M", "G", "T", "P", "E")


def ticks(most: float, count: int = 4, least: float = 1) -> list[float]:
    """Round numbers from 0 to at least `most`, in about `count` steps of 1, 2 or 5 times a power of
    ten, none below `least`."""
    step = least
    factors = (2, 2.5, 2)
    number = 0
    while step * count < most:
        step *= factors[number % 3]
        number += 1
    found = [0.0]
    while found[-1] < most:
        found.append(step * len(found))
    return found if len(found) > 1 else [0.0, step]


def percent(part: float, whole: float) -> str:
    """A share of a whole as a width in CSS: `43.21%`."""
    share = 100 * part / whole if whole else 0.0
    return f"{share:.2f}".rstrip("0").rstrip(".") + "%"


def count(number: int) -> str:
    """A number for reading: `9999`, `12,345`."""
    return f"{number:,}" if abs(number) >= 10_000 else str(number)


def counted(number: int, unit: tuple[str, str]) -> str:
    """`1 run`, `12,345 runs`; the unit is (one, many)."""
    return f"{count(number)} {unit[number != 1]}"


def short(number: float) -> str:
    """A number for an axis: `800`, `1.5k`, `20M`."""
    value, suffix = number, 0
    while value >= 1000 and suffix < len(_SUFFIXES) - 1:
        value /= 1000
        suffix += 1
    return f"{value:.6g}{_SUFFIXES[suffix]}"


def day(number: int, year: bool = False) -> str:
    """A day, counted from the epoch, as `24 Nov`, or with its year."""
    found = date.fromordinal(_EPOCH + number)
    text = f"{found.day} {_MONTHS[found.month - 1]}"
    return f"{text} {found.year}" if year else text


def day_ticks(first: int, days: int) -> list[tuple[float, str]]:
    """Ticks for an axis of `days` days from `first` on: (position from 0 to 1, label), at most
    nine, on days that people expect: each, every other, Mondays, first days of months or years."""
    whole = range(first, first + days)
    if days <= 16:
        chosen = [each for each in whole if (each - first) % (1 if days <= 8 else 2) == 0]
        return [((each - first + 0.5) / days, day(each)) for each in chosen]
    dates = [date.fromordinal(_EPOCH + each) for each in whole]
    if days <= 112:
        mondays = [each for each in dates if each.weekday() == 0][:: 1 if days <= 56 else 2]
        return [(_place(each, first, days), _named(each)) for each in mondays]
    for months in (1, 2, 3, 6, 12):
        firsts = [each for each in dates if each.day == 1 and (each.month - 1) % months == 0]
        if len(firsts) <= 8:
            return [(_place(each, first, days), _named(each, month=True)) for each in firsts]
    every = -(-len(firsts) // 8)
    return [(_place(each, first, days), str(each.year)) for each in firsts[::every]]


def _place(when: date, first: int, days: int) -> float:
    return (when.toordinal() - _EPOCH - first + 0.5) / days


def _named(when: date, month: bool = False) -> str:
    name = _MONTHS[when.month - 1]
    if not month:
        return f"{when.day} {name}"
    return f"{name} {when.year}" if when.month == 1 else name
