"""Connections: a page for each parent, all parents in one LATERAL statement, by keyset and never by OFFSET."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Uuid,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
)  # fmt: skip

from auth import Standing, Viewer
from database import Reads, Row, Statement
from loaders.batches import KEYS, UUIDS, Level, compiled, narrowed

NOWHERE = UUID(int=0)
"""The parent of a connection that has none: the lists at the root of the graph."""

PARENT: ColumnElement[UUID] = literal_column(f"{KEYS.table.name}.key", Uuid())
"""The parent that a page belongs to. A name and no column of a table: SQLAlchemy would give a subquery that looks at
such a column a FROM of its own with the keys of all parents in it."""

Filters = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows are asked for: `size` of them, from the front or the back of what lies between two positions."""

    size: int
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    backward: bool = False


class Page:
    """The rows of one parent within a window, and what is needed to say more of them where it is asked."""

    __slots__ = ("connection", "filters", "more", "parent", "rows", "window")

    def __init__(
        self, connection: "type[Connected]", parent: UUID, rows: list[Row], window: Window, filters: Filters
    ) -> None:
        self.connection = connection
        self.parent = parent
        self.window = window
        self.filters = filters
        self.more = len(rows) > window.size
        self.rows = rows[: window.size]
        if window.backward:
            self.rows.reverse()

    @property
    def has_next_page(self) -> bool:
        """Whether rows follow the page: looked up going forward, known from `before` going backward."""
        return self.window.before is not None if self.window.backward else self.more

    @property
    def has_previous_page(self) -> bool:
        """Whether rows precede the page."""
        return self.more if self.window.backward else self.window.after is not None

    def position(self, row: Row) -> list[Any]:
        """Give the values that a cursor of the row holds."""
        return [row[name] for name in self.connection.order]


class Connected(Level[UUID, Page]):
    """The rows at the other end of an edge, for one window and one set of filters."""

    graphql_type: ClassVar[str]
    order: ClassVar[dict[str, ColumnElement[Any]]]
    """The keyset: columns of the row and what they are in SQL. All of one direction, the last one unique."""
    ascending: ClassVar[bool] = False
    usual: ClassVar[int] = 20
    """How many rows a page has where nobody says."""
    most: ClassVar[int] = 100
    """How many rows a page can have."""

    def __init__(self, reads: Reads, viewer: Viewer, window: Window, filters: Filters = ()) -> None:
        super().__init__(reads, viewer)
        self.window = window
        self.filters = filters

    @classmethod
    def select(cls, by: Standing, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """Say which rows belong to a parent and may be seen; `given` names the filters that are set."""
        message = f"{cls.__name__} does not say which rows belong to a parent"
        raise TypeError(message)

    @classmethod
    @cache
    def kinds(cls) -> tuple[type, ...]:
        """Give the types of a cursor's values."""
        return tuple(expression.type.python_type for expression in cls.order.values())

    @classmethod
    @cache
    def cursor_scope(cls) -> str:
        """Name the connection and its order, so that a cursor from before the order changed is refused."""
        columns = (f"{name} {kind.__name__}" for name, kind in zip(cls.order, cls.kinds(), strict=True))
        return f"{cls.__name__}({', '.join(columns)}) {'ascending' if cls.ascending else 'descending'}"

    async def batch_load_fn(self, keys: list[UUID]) -> list[Page]:
        """Answer a batch."""
        window, filters = self.window, dict(self.filters)
        shape = window.after is not None, window.before is not None, window.backward
        kind: Any = type(self)
        statement = paged(kind, self.viewer.standing, frozenset(filters), *shape, self.items)
        positions = {f"after_{n}": value for n, value in enumerate(window.after or ())}
        positions |= {f"before_{n}": value for n, value in enumerate(window.before or ())}
        rows = await self.reads.rows(statement, keys=keys, size=window.size + 1, **positions, **filters)
        if len(keys) == 1:
            return [Page(kind, keys[0], rows, window, self.filters)]
        found: list[list[Row]] = [[] for _ in keys]
        for row in rows:
            found[row[0] - 1].append(row)
        return [Page(kind, key, page, window, self.filters) for key, page in zip(keys, found, strict=True)]


class Counted(Level[UUID, int]):
    """How many rows a connection has for each parent, whatever the page."""

    def __init__(self, reads: Reads, viewer: Viewer, connection: type[Connected], filters: Filters) -> None:
        super().__init__(reads, viewer)
        self.connection = connection
        self.filters = filters

    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        """Answer a batch."""
        filters = dict(self.filters)
        connection: Any = self.connection
        statement = counted(connection, self.viewer.standing, frozenset(filters))
        rows = await self.reads.rows(statement, keys=keys, **filters)
        found = {row[0]: row[1] for row in rows}
        return [found[place] for place in range(1, len(keys) + 1)]


@lru_cache(maxsize=1024)
def paged(
    connection: Any, by: Standing, given: frozenset[str],
    after: bool, before: bool, backward: bool, items: frozenset[str] | None = None,
) -> Statement:  # fmt: skip
    """Compile the statement of a page's shape."""
    keyset = tuple_(*connection.order.values())
    rows = connection.select(by, PARENT, given)
    rows = rows.with_only_columns(*narrowed(rows, items, *connection.order), maintain_column_froms=True)
    for wanted, name, later in ((after, "after", True), (before, "before", False)):
        if wanted:
            position = tuple_(
                *(bindparam(f"{name}_{n}", type_=e.type) for n, e in enumerate(connection.order.values()))
            )
            rows = rows.where(keyset > position if later is connection.ascending else keyset < position)
    rising = connection.ascending is not backward
    rows = rows.order_by(*(e.asc() if rising else e.desc() for e in connection.order.values()))
    page = rows.limit(bindparam("size", type_=Integer)).lateral("page")
    ordered = [page.c[name].asc() if rising else page.c[name].desc() for name in connection.order]
    statement = select(UUIDS.place, *page.c).select_from(KEYS.table.join(page, true()))
    return compiled(connection, statement.order_by(*ordered), connection.graphql_type)


@lru_cache(maxsize=1024)
def counted(connection: Any, by: Standing, given: frozenset[str]) -> Statement:
    """Compile the statement that counts."""
    rows = connection.select(by, PARENT, given).with_only_columns(
        func.count().label("count"), maintain_column_froms=True
    )
    count = rows.lateral("counted")
    return compiled(connection, select(UUIDS.place, count.c.count).select_from(KEYS.table.join(count, true())), "Count")
