"""Who the subjects of tokens are, remembered for a moment, so that not each request asks the database.

Every transaction that changes something of what is remembered notifies `CHANNEL` (a trigger on `customer` does), and
the listener of the process passes that on to `forget`. While it is not certain that notifications arrive, nothing is
remembered. docs/decisions/0009-viewers-are-remembered.md has the reasons.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from auth.viewer import Viewer

CHANNEL = "clientele_viewer"
"""A payload is the id of a customer; an empty one means that any of them may have changed."""
MAX_VIEWERS = 10_000


class Reading(NamedTuple):
    """When a viewer was looked up, and how often viewers had been forgotten by then."""

    begun: float
    forgotten: int


class _Remembered(NamedTuple):
    viewer: Viewer
    until: float


class ViewerMemory:
    """Remembers viewers by the subjects of their tokens, each for `seconds` after the database was asked.

    `is_current` says whether all changes of the last moments are known to have been passed to `forget`.
    """

    def __init__(
        self, seconds: float, is_current: Callable[[], bool],
        *, size: int = MAX_VIEWERS, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._seconds = seconds
        self._is_current = is_current
        self._size = size
        self._clock = clock
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._subjects: dict[UUID, str] = {}
        self._forgotten = 0
        self.hits = self.misses = self.unused = self.dropped = 0
        """Look-ups that were answered, that were not, or that were not tried; and viewers who have changed."""

    def __len__(self) -> int:
        return len(self._remembered)

    def get(self, subject: str) -> Viewer | None:
        """The viewer of a verified token, without its impersonator; None if the database must be asked."""
        if not self._seconds or not self._is_current():
            self.unused += 1
            return None
        known = self._remembered.get(subject)
        if known is None or self._clock() >= known.until:
            self.misses += 1
            return None
        self.hits += 1
        self._remembered.move_to_end(subject)
        return known.viewer

    def begin(self) -> Reading:
        """Note that the database is about to be asked."""
        return Reading(self._clock(), self._forgotten)

    def keep(self, subject: str, viewer: Viewer, reading: Reading) -> None:
        """Remember what the database has answered, unless a change was told of meanwhile: it may have read before it."""
        if not self._seconds or viewer.id is None or reading.forgotten != self._forgotten or not self._is_current():
            return
        self._remove(subject)
        self._remove(self._subjects.get(viewer.id))
        self._remembered[subject] = _Remembered(viewer, reading.begun + self._seconds)
        self._subjects[viewer.id] = subject
        if len(self._remembered) > self._size:
            self._remove(next(iter(self._remembered)))

    def forget(self, payload: str = "") -> None:
        """Forget the customer whose id a notification has, or everybody."""
        self._forgotten += 1
        try:
            changed = UUID(payload)
        except ValueError:
            self.dropped += len(self._remembered)
            self._remembered.clear()
            self._subjects.clear()
        else:
            self.forget_customer(changed)

    def forget_customer(self, id: UUID) -> None:
        """Forget a customer."""
        self._forgotten += 1
        self.dropped += self._remove(self._subjects.get(id))

    def _remove(self, subject: str | None) -> bool:
        known = None if subject is None else self._remembered.pop(subject, None)
        if known is None or known.viewer.id is None:
            return False
        del self._subjects[known.viewer.id]
        return True


NO_MEMORY = ViewerMemory(0, lambda: False)
"""Remembers nobody."""
