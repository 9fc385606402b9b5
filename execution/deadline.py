"""The end of an operation's time, for code that works long without waiting: no timeout of asyncio interrupts that."""

from asyncio import get_running_loop

BATCH = 500
"""How many objects are completed at most before somebody looks at the clock."""


class DeadlineExceeded(Exception):
    """The operation has used up its time. It ends the whole operation and is never the error of a field."""


class Deadline:
    """When an operation must have ended, in the time of its event loop; None for never.

    Who completes objects adds to `unchecked`, and calls `check` where that is more than a BATCH.
    """

    __slots__ = ("_ends_at", "unchecked")

    def __init__(self, ends_at: float | None = None) -> None:
        self._ends_at = ends_at
        self.unchecked = 0

    def check(self) -> None:
        """Begin a new batch, or raise `DeadlineExceeded`: then, and whenever somebody asks again."""
        if self._ends_at is not None and get_running_loop().time() >= self._ends_at:
            raise DeadlineExceeded
        self.unchecked = 0
