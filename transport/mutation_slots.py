"""How many mutations of one customer run at the same time in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import errors


class MutationSlots:
    """At most `most` mutations of a customer run at once: more would only wait for each other's locks."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, customer: UUID | None) -> Iterator[None]:
        """Take a slot for the time of a block; raises `TooMany`. Without a customer there is no limit."""
        if customer is None:
            yield
            return
        if self._running[customer] >= self._most:
            raise errors.TooMany(f"You already have {self._most} mutations running. Wait until one of them has ended.")
        self._running[customer] += 1
        try:
            yield
        finally:
            self._running[customer] -= 1
            if not self._running[customer]:
                del self._running[customer]
