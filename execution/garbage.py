"""Garbage collection that does not look at cached documents and plans: they are many, and looking at all stops the loop.

They are exempt from collection (`gc.freeze`) as they come. Those that leave their cache are freed all the same, since
they are in no reference cycle. What else was alive at that moment, such as a connection, may be in one; so now and then
everything is collected.
"""

import asyncio
import gc
from typing import Protocol

SECONDS_BETWEEN_CHECKS = 1.0
CHECKS_BETWEEN_COLLECTIONS = 60
FREEZE_BYTES = 1024 * 1024
"""After how much growth of the caches they are exempt: collecting that much takes some milliseconds."""
FREEZES_BETWEEN_FULL_COLLECTIONS = 512


class Cache(Protocol):
    """A cache that knows how much was put into it."""

    added_bytes: int


class GarbageCollector:
    """Collects reference cycles in the background."""

    def __init__(self, *caches: Cache) -> None:
        self._caches = caches
        self._frozen_bytes = 0
        self._freezes = 0
        self._checks = 0

    async def run(self) -> None:
        """Collect until cancelled."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_CHECKS)
            self.check()

    def check(self) -> None:
        """Collect if it is time, and exempt what the caches have got."""
        self._checks += 1
        added = sum(cache.added_bytes for cache in self._caches)
        if added - self._frozen_bytes >= FREEZE_BYTES:
            self._freezes += 1
            if self._freezes % FREEZES_BETWEEN_FULL_COLLECTIONS == 0:
                gc.unfreeze()
            gc.collect()  # first: what is frozen as garbage stays
            gc.freeze()
            self._frozen_bytes = added
        elif self._checks % CHECKS_BETWEEN_COLLECTIONS == 0:
            gc.collect()
