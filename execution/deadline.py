"""What stops an operation while it runs.

Its deadline is checked during long synchronous work, which a timeout of asyncio cannot interrupt.
"""

from asyncio import get_running_loop

BATCH = 500
"""How many objects are completed between two checks of the deadline."""


class OperationStopped(Exception):
    """Ends the whole operation, and is never the error of a field."""


class DeadlineExceeded(OperationStopped):
    """The operation took too long."""


class TooManyRows(OperationStopped):
    """The operation read more rows than are allowed."""

    def __init__(self, allowed: int) -> None:
        super().__init__()
        self.allowed = allowed


class Deadline:
    """The time by the event loop's clock at which an operation must have ended; None for no limit.

    Code that completes objects adds to `unchecked`, and calls `check` when that exceeds BATCH.
    """

    __slots__ = ("_ends_at", "unchecked")

    def __init__(self, ends_at: float | None = None) -> None:
        self._ends_at = ends_at
        self.unchecked = 0

    def check(self) -> None:
        """Begin a new batch, or raise `DeadlineExceeded`. Once the time is over, every further call raises it, too."""
        if self._ends_at is not None and get_running_loop().time() >= self._ends_at:
            raise DeadlineExceeded
        self.unchecked = 0
