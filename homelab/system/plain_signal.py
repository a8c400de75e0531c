"""The standard library's `signal` module, imported without its enums, which cost a quarter of a
bare Python's start on every run that is counted. Signals are plain numbers here; nothing in this
module handles one."""

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
