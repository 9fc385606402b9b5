"""Log lines of refusals, bounded: a flood of requests that are refused must not become a flood of lines."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextvars import Context
from time import monotonic
from typing import Any

import structlog

LINES_PER_SECOND = 5

log = structlog.get_logger("clientele")


class SampledLog:
    """Logs at most `lines` of each kind in each `seconds`, and then how many more there were."""

    def __init__(
        self, lines: int = LINES_PER_SECOND, seconds: float = 1.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._lines = lines
        self._seconds = seconds
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        """All refusals by event and kind, those without a line as well."""

    def warning(self, event: str, kind: str = "", /, **facts: Any) -> None:
        """Log a refusal. `kind` tells refusals of one event apart; both must be words of ours, not a client's."""
        key = event, kind
        self.counts[key] += 1
        now = self._clock()
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _Window()
        if now >= window.end:
            self._report(key, window)
            window.end, window.lines = now + self._seconds, 0
        if window.lines < self._lines:
            window.lines += 1
            log.warning(event, **facts)
            return
        window.left_out += 1
        if window.left_out == 1:
            # In no request's context, for the line is about many.
            asyncio.get_running_loop().call_later(window.end - now, self._report, key, window, context=Context())

    def _report(self, key: tuple[str, str], window: "_Window") -> None:
        if window.left_out:
            event, kind = key
            log.warning("lines_left_out", of=event, kind=kind, count=window.left_out)
            window.left_out = 0


class _Window:
    __slots__ = ("end", "left_out", "lines")

    def __init__(self) -> None:
        self.end = 0.0
        self.lines = self.left_out = 0


REFUSALS = SampledLog()
"""Of the process."""
