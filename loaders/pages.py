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

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from database.statements import Row, Statement
from loaders.batches import UUID_KEYS, UUID_TABLE, BatchLoader, compiled, selected_columns

NO_PARENT = UUID(int=0)
"""The parent of a connection that has none: the lists at the root of the graph."""

PARENT: ColumnElement[UUID] = literal_column(f"{UUID_KEYS.table.name}.key", Uuid())
"""The parent that a page belongs to. A name and no column of a table: SQLAlchemy would give a subquery that looks at
such a column a FROM of its own with the keys of all parents in it."""

Filters = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows are asked for: `size` of them, from the front or the back of what lies between two positions."""

    size: int
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    backward: bool = False


class Page:
    """The rows of one parent within a request, and what is needed to say more of them where it is asked."""

    __slots__ = ("connection", "filters", "more", "parent", "request", "rows")

    def __init__(
        self,
        connection: "type[ConnectionLoader]",
        parent: UUID,
        rows: list[Row],
        request: PageRequest,
        filters: Filters,
    ) -> None:
        self.connection = connection
        self.parent = parent
        self.request = request
        self.filters = filters
        self.more = len(rows) > request.size
        self.rows = rows[: request.size]
        if request.backward:
            self.rows.reverse()

    @property
    def has_next_page(self) -> bool:
        """Whether rows follow the page: looked up going forward, known from `before` going backward."""
        return self.request.before is not None if self.request.backward else self.more

    @property
    def has_previous_page(self) -> bool:
        """Whether rows precede the page."""
        return self.more if self.request.backward else self.request.after is not None

    def position(self, row: Row) -> list[Any]:
        """Give the values that a cursor of the row holds."""
        return [row[name] for name in self.connection.order]


class ConnectionLoader(BatchLoader[UUID, Page]):
    """The rows at the other end of an edge, for one request and one set of filters."""

    graphql_type: ClassVar[str]
    order: ClassVar[dict[str, ColumnElement[Any]]]
    """The keyset: columns of the row and what they are in SQL. All of one direction, the last one unique."""
    ascending: ClassVar[bool] = False
    default_page_size: ClassVar[int] = 20
    """How many rows a page has where nobody says."""
    max_page_size: ClassVar[int] = 100
    """How many rows a page can have."""

    def __init__(self, reads: Reads, viewer: Viewer, request: PageRequest, filters: Filters = ()) -> None:
        super().__init__(reads, viewer)
        self.request = request
        self.filters = filters

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
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
        request, filters = self.request, dict(self.filters)
        shape = request.after is not None, request.before is not None, request.backward
        kind: Any = type(self)
        statement = page_statement(kind, self.viewer.kind, frozenset(filters), *shape, self.items)
        positions = {f"after_{n}": value for n, value in enumerate(request.after or ())}
        positions |= {f"before_{n}": value for n, value in enumerate(request.before or ())}
        rows = await self.reads.rows(statement, keys=keys, size=request.size + 1, **positions, **filters)
        if len(keys) == 1:
            return [Page(kind, keys[0], rows, request, self.filters)]
        found: list[list[Row]] = [[] for _ in keys]
        for row in rows:
            found[row[0] - 1].append(row)
        return [Page(kind, key, page, request, self.filters) for key, page in zip(keys, found, strict=True)]


class CountLoader(BatchLoader[UUID, int]):
    """How many rows a connection has for each parent, whatever the page."""

    def __init__(self, reads: Reads, viewer: Viewer, connection: type[ConnectionLoader], filters: Filters) -> None:
        super().__init__(reads, viewer)
        self.connection = connection
        self.filters = filters

    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        """Answer a batch."""
        filters = dict(self.filters)
        connection: Any = self.connection
        statement = count_statement(connection, self.viewer.kind, frozenset(filters))
        rows = await self.reads.rows(statement, keys=keys, **filters)
        found = {row[0]: row[1] for row in rows}
        return [found[place] for place in range(1, len(keys) + 1)]


@lru_cache(maxsize=1024)
def page_statement(
    connection: Any, viewer: ViewerKind, given: frozenset[str],
    after: bool, before: bool, backward: bool, items: frozenset[str] | None = None,
) -> Statement:  # fmt: skip
    """Compile the statement of a page's shape."""
    keyset = tuple_(*connection.order.values())
    rows = connection.select(viewer, PARENT, given)
    rows = rows.with_only_columns(*selected_columns(rows, items, *connection.order), maintain_column_froms=True)
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
    statement = select(UUID_TABLE.place, *page.c).select_from(UUID_KEYS.table.join(page, true()))
    return compiled(connection, statement.order_by(*ordered), connection.graphql_type)


@lru_cache(maxsize=1024)
def count_statement(connection: Any, viewer: ViewerKind, given: frozenset[str]) -> Statement:
    """Compile the statement that counts."""
    rows = connection.select(viewer, PARENT, given).with_only_columns(
        func.count().label("count"), maintain_column_froms=True
    )
    count = rows.lateral("counted")
    return compiled(
        connection, select(UUID_TABLE.place, count.c.count).select_from(UUID_KEYS.table.join(count, true())), "Count"
    )
