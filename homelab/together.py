"""Questions that are asked all at once, since each may wait long for its answer."""

from __future__ import annotations

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


def begun(calls: list[Callable[[], T]]) -> Callable[[float], list[T | None]]:
    """Run the calls from now on, each in a thread of its own. What is returned waits for them, for
    so many seconds from when it is called, and tells what each returned: None for one that was not
    over by then. It raises what one of them raised."""
    results: list[list[T]] = [[] for _ in calls]
    errors: list[Exception] = []

    def run(call: Callable[[], T], result: list[T]) -> None:
        try:
            result.append(call())
        except Exception as error:  # raised where it is waited for
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in zip(calls, results)]
    for thread in threads:
        thread.start()

    def answers(seconds: float) -> list[T | None]:
        end = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0))
        if errors:
            raise errors[0]
        return [result[0] if result else None for result in results]

    return answers
