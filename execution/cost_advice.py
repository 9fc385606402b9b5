"""Explains to the client of a refused operation what is expensive in it, and what page size would be allowed."""

from collections.abc import Iterable, Iterator
from heapq import nlargest
from typing import Any, NamedTuple

from execution.cost_tree import Values, WeighedField, WeighedSelection

SHOWN_PATHS = 3
PATH_CHARACTERS = 80
MAX_PAGE_ROWS = 1_000

Chain = tuple[WeighedField, ...]


class Path(NamedTuple):
    """A field of the operation, by its response names from the root, and what it adds with its own objects."""

    number: int
    chain: Chain

    @property
    def text(self) -> str:
        """The names, shortened from the left."""
        path = ".".join(field.name for field in self.chain)
        return path if len(path) <= PATH_CHARACTERS else f"…{path[1 - PATH_CHARACTERS :]}"


class Trial:
    """Weighs an operation anew, as if pages had at most `rows` rows: all that clients can choose, or one field's only."""

    def __init__(
        self, root: WeighedSelection, values: Values, rows: int = MAX_PAGE_ROWS, only: WeighedField | None = None
    ) -> None:
        self._root, self._values, self._rows, self._only = root, values, rows, only
        self._known: dict[Any, Any] = {}

    def weigh(self) -> int:
        """The weight of the whole operation."""
        return self._weigh(self._root, 0)

    def _weigh(self, selection: WeighedSelection, rows: int) -> int:
        if (selection, rows) not in self._known:
            self._known[selection, rows] = sum(self._weigh_field(field, rows) for field in self._included(selection))
        return self._known[selection, rows]  # type: ignore[no-any-return]

    def _weigh_field(self, field: WeighedField, rows: int) -> int:
        times, page = self._sizes(field, rows)
        return field.call + (times and times * field.weigh_item(self._weigh(one, page) for one in field.below))

    def _included(self, selection: WeighedSelection) -> Iterator[WeighedField]:
        return (field for field in selection.fields if field.is_included(self._values))

    def _sizes(self, field: WeighedField, rows: int) -> tuple[int, int]:
        times, page = field.sizes(self._values, rows)
        if field.length is None or field.length.argument is None or self._only not in {None, field}:
            return times, page
        return (times, min(page, self._rows)) if field.is_page else (min(times, self._rows), page)

    def paths(self) -> list[Path]:
        """The most expensive fields, the most expensive first."""
        return self._paths(self._root, 0)

    def _paths(self, selection: WeighedSelection, rows: int) -> list[Path]:
        key = "paths", selection, rows
        if key not in self._known:
            found = (path for field in self._included(selection) for path in self._paths_of(field, rows))
            self._known[key] = nlargest(SHOWN_PATHS, found, key=lambda path: path.number)
        return self._known[key]  # type: ignore[no-any-return]

    def _paths_of(self, field: WeighedField, rows: int) -> Iterable[Path]:
        times, page = self._sizes(field, rows)
        below = [path for one in field.below for path in self._paths(one, page)] if times else []
        own = field.call + times * (field.own or (0 if any(path.number for path in below) else field.least))
        yield Path(own, (field,))
        yield from (Path(times * path.number, (field, *path.chain)) for path in below)


def advise(root: WeighedSelection, values: Values, allowed: int, paths: list[Path]) -> str:
    """Name a page size with which the operation would be allowed, if there is one."""
    for path in paths[:1]:
        for end in sorted(range(len(path.chain)), key=lambda at: -_length(path.chain[at], values)):
            field = path.chain[end]
            if not _length(field, values):
                break
            empty, one = (Trial(root, values, rows, field).weigh() for rows in (0, 1))
            if empty < one <= allowed:
                return _sentence(field, (allowed - empty) // (one - empty), Path(0, path.chain[: end + 1]).text)
    fits, too_many = 0, MAX_PAGE_ROWS
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if Trial(root, values, middle).weigh() <= allowed else (fits, middle)
    return f"A page size of {fits} for every page would be allowed." if fits else "Split it into several operations."


def _length(field: WeighedField, values: Values) -> int:
    return field.length.of(values) if field.length and field.length.argument else 0


def _sentence(field: WeighedField, rows: int, path: str) -> str:
    argument = field.length and field.length.argument
    wanted = f"A page size of {rows}" if argument == "first" else f"At most {rows} `{argument}`"
    return f"{wanted} for '{path}' would be allowed."
