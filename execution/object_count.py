"""The count of the objects that an operation can give, held against the limit."""

from typing import NamedTuple

from execution.amounts import Values
from execution.counted_fields import CountedSelection
from execution.measure import SATURATED

PATH_CHARACTERS = 80


class TooManyObjects(NamedTuple):
    """What is wrong with an operation that can give more objects than are allowed."""

    measured: int
    allowed: int
    path: str

    @property
    def sentence(self) -> str:
        """Tell it to people."""
        measured = f"{SATURATED} or more" if self.measured >= SATURATED else str(self.measured)
        return (
            f"The operation can give {measured} objects; the limit is {self.allowed}. Most of them come from "
            f"'{self.path}'. Ask for fewer at once: use a smaller `first` on that path, or several operations."
        )


class ObjectCount:
    """The count of one operation."""

    __slots__ = ("_allowed", "_refusal", "_root")

    def __init__(self, root: CountedSelection, allowed: int) -> None:
        self._root, self._allowed = root, allowed
        constant = root.constant(0)
        self._refusal = None if constant is None else self._compare(constant, {})

    @property
    def is_needless(self) -> bool:
        """Whether the operation can never give too many."""
        return self._root.constant(0) is not None and self._refusal is None

    def excess(self, values: Values) -> TooManyObjects | None:
        """Say what is too much for these values of the variables."""
        return self._refusal or (self._compare(self._root.count(values, 0, {}), values) if self._root.varying else None)

    def _compare(self, measured: int, values: Values) -> TooManyObjects | None:
        if measured <= self._allowed:
            return None
        path = self._root.largest(values, 0, {})[1]
        shown = path if len(path) <= PATH_CHARACTERS else f"…{path[1 - PATH_CHARACTERS :]}"
        return TooManyObjects(min(measured, SATURATED), self._allowed, shown)
