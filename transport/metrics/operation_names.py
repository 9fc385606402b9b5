"""The names under which operations are counted: clients choose them, so their number has a bound."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

MAX_NAMES = 200
MAX_NAMES_OF_STRANGERS = 50
"""How many of them operations without a signed-in viewer may use up, so that the rest is there for those of customers."""
MAX_NAMES_OF_A_CUSTOMER = 50
UNNAMED, OTHER = "unnamed", "other"


class OperationNames:
    """Names of documents that were sent at least twice. They are kept as long as the process runs.

    Strangers, and each customer, can add only a part of them: nobody can use up all by names that they make up.
    """

    def __init__(self, counted: Iterable[str] = ()) -> None:
        """`counted` are the names of an earlier process whose numbers this one goes on with."""
        self._known = {*counted} - {UNNAMED, OTHER}
        self._added: Counter[UUID | None] = Counter({None: len(self._known)})
        """How many names each customer has added, and under None strangers, with all those of whom nobody knows."""

    def label(self, name: str, *, admitted: bool, customer: UUID | None) -> str:
        """Give the label for an operation; `admitted` tells whether its document is in the cache."""
        if not name:
            return UNNAMED
        if name in self._known:
            return name
        if not admitted or len(self._known) >= MAX_NAMES:
            return OTHER
        if self._added[customer] >= (MAX_NAMES_OF_STRANGERS if customer is None else MAX_NAMES_OF_A_CUSTOMER):
            return OTHER
        self._added[customer] += 1
        self._known.add(name)
        return name
