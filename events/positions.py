"""Which events somebody has received: not a number, since transactions do not commit in the order of their ids.

`Snapshot` is PostgreSQL's pg_snapshot. Events that one snapshot does not see and a later one does are exactly those that
were committed in between, however long a transaction was open, and without remembering the id of any event.
"""

import re
from dataclasses import dataclass
from typing import Self

MAX_CHARS = 2_000
"""A longer text is not given to clients, and is refused from them: headers are limited."""
FORM = re.compile(r"([0-9a-f]{8}):(\d{1,18}):(\d{1,18}(?:,\d{1,18})*)?:(\d{1,18}):(\d{1,18}(?:,\d{1,18})*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which transactions had ended at one moment: those before `xmax`, except those in progress."""

    xmax: int
    in_progress: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read PostgreSQL's form, `xmin:xmax:xip_list`."""
        _, xmax, in_progress = text.split(":")
        return cls(int(xmax), _numbers(in_progress))

    def sees(self, transaction_id: int) -> bool:
        return transaction_id < self.xmax and transaction_id not in self.in_progress


@dataclass(frozen=True, slots=True)
class Position:
    """What was received: the events that `snapshot` sees, and all up to `last_id`, except those of `pending`.

    Events are delivered in batches, each in the order of ids. In the middle of a batch, `snapshot` is that of the batch
    before, and `pending` are the transactions that were in progress when this batch was read.
    """

    history: str
    """Which database the transaction ids belong to."""
    snapshot: Snapshot
    last_id: int = 0
    pending: tuple[int, ...] = ()

    def __str__(self) -> str:
        in_progress, pending = (",".join(map(str, ids)) for ids in (self.snapshot.in_progress, self.pending))
        return f"{self.history}:{self.snapshot.xmax}:{in_progress}:{self.last_id}:{pending}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` wrote; None for anything else."""
        found = FORM.fullmatch(text) if len(text) <= MAX_CHARS else None
        if found is None:
            return None
        history, xmax, in_progress, last_id, pending = found.groups(default="")
        return cls(history, Snapshot(int(xmax), _numbers(in_progress)), int(last_id), _numbers(pending))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, filter(None, text.split(","))))
