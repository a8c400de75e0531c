"""The standard library's `signal` module without its enums, which take a quarter of bare Python's
start-up time in every counted run. Signals are plain numbers here. This module handles none."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    try:
        import _signal as signal  # the C module below `signal`, always loaded
    except ImportError:
        import signal

__all__ = ["signal"]
