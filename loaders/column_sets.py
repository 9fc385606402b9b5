"""How many sets of columns the rows of a loader are read with: each is a statement of its own, on every connection."""

from time import monotonic

from execution.field_metadata import Columns

MAX_COLUMN_SETS = 64
MIN_IDLE_SECONDS = 60.0


class ColumnSets:
    """The sets of columns in use. A new one replaces one that nobody has used for a while, and no other.

    Clients choose the columns. So nobody who asks for ever new sets can push out the statements of all others.
    """

    def __init__(self) -> None:
        self._last_used: dict[Columns, float] = {}

    def admit(self, items: Columns) -> bool:
        """Whether rows may be read with these columns; otherwise they are read with all."""
        known, now = self._last_used, monotonic()
        if items not in known and len(known) >= MAX_COLUMN_SETS:
            oldest = min(known, key=known.__getitem__)
            if now - known[oldest] < MIN_IDLE_SECONDS:
                return False
            del known[oldest]
        known[items] = now
        return True
