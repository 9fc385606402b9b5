"""The names under which operations are counted: clients choose them, so their number has a bound."""

MAX_NAMES = 200
UNNAMED, OTHER = "unnamed", "other"


class OperationNames:
    """Names of documents that were sent at least twice; the first `most` of them are kept as long as the process runs."""

    def __init__(self, most: int = MAX_NAMES) -> None:
        self._most = most
        self._known: set[str] = set()

    def label(self, name: str, *, admitted: bool) -> str:
        """Give the label for an operation; `admitted` tells whether its document is in the cache."""
        if not name:
            return UNNAMED
        if name in self._known:
            return name
        if admitted and len(self._known) < self._most:
            self._known.add(name)
            return name
        return OTHER
