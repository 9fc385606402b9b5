"""The circuit breaker: where Razorpay is down, calls fail at once, instead of each after its own timeout."""

import time
from collections.abc import Callable
from enum import StrEnum

import structlog

MAX_FAILURES = 5
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 5.0, 60.0

log = structlog.get_logger()


class State(StrEnum):
    """CLOSED: calls are made. OPEN: they are refused. HALF_OPEN: one is made, to see whether they succeed again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit:
    """Of one process. Each call that `admit` allows ends with `succeed`, `fail` or `leave`, which gets what `admit` gave."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0
        self._is_probing = False

    @property
    def state(self) -> State:
        if not self._pause:
            return State.CLOSED
        return State.HALF_OPEN if self._is_probing or self._clock() >= self._until else State.OPEN

    def admit(self) -> State:
        """Give OPEN if no call may be made now, and HALF_OPEN to the one that finds out whether calls succeed again."""
        state = self.state
        if state is State.HALF_OPEN:
            if self._is_probing:
                return State.OPEN
            self._is_probing = True
        return state

    def succeed(self) -> None:
        """Razorpay has answered, be it with a refusal."""
        if self._pause:
            log.info("payment_circuit_closed")
        self._failures, self._pause, self._is_probing = 0, 0.0, False

    def fail(self) -> None:
        """Razorpay has not answered, or cannot work."""
        self._failures += 1
        if self._is_probing:
            self._open(min(2 * self._pause, MAX_PAUSE_SECONDS))
        elif self._failures >= MAX_FAILURES and not self._pause:
            self._open(FIRST_PAUSE_SECONDS)
            log.warning("payment_circuit_opened", failures=self._failures)

    def leave(self, admitted: State) -> None:
        """The call was not made after all."""
        if admitted is State.HALF_OPEN:
            self._is_probing = False

    def _open(self, pause: float) -> None:
        self._pause, self._until, self._is_probing = pause, self._clock() + pause, False
