"""The calls of the standard library's `signal`, without its enums: importing those costs a quarter
of a bare Python's start, on every run that is counted. Here signals are plain numbers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    try:
        import _signal as signal  # what `signal` wraps; part of CPython's core, loaded at its start
    except ImportError:
        import signal

__all__ = ["signal"]
