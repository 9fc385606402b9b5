"""Connections: a page for each parent, with one LATERAL statement for all parents, by keyset instead of OFFSET."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from database.statements import Row
from loaders.batches import BatchLoader
from loaders.cursors import LargeInteger
from loaders.page_statements import Branch, count_statement, page_statement
from loaders.side_by_side import for_parents

NO_PARENT = UUID(int=0)
"""The parent of connections on root fields."""

Filters = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The rows that a page has: the first or last `size` rows between two positions."""

    size: int
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    backward: bool = False


class Page:
    """A page of the rows of one parent, with what is needed for its `pageInfo` and `totalCount`."""

    __slots__ = ("_scope", "connection", "filters", "more", "parent", "request", "rows")

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
        self._scope: str | None = None
        self.more = len(rows) > request.size
        self.rows = rows[: request.size]
        if request.backward:
            self.rows.reverse()

    @property
    def has_next_page(self) -> bool:
        """Whether rows follow the page: known from an extra row when paging forward, from `before` when paging backward."""
        return self.request.before is not None if self.request.backward else self.more

    @property
    def has_previous_page(self) -> bool:
        """Whether rows precede the page."""
        return self.more if self.request.backward else self.request.after is not None

    @property
    def scope(self) -> str:
        """The scope of the cursors of its rows."""
        if self._scope is None:
            self._scope = self.connection.cursor_scope(self.filters)
        return self._scope

    def position(self, row: Row) -> list[Any]:
        """The values for the cursor of a row."""
        return [row[name] for name in self.connection.order]


class ConnectionLoader(BatchLoader[UUID, Page]):
    """Loads a page of rows for each parent, for one combination of page arguments and filters."""

    max_count: ClassVar[int | None] = None
    """How far rows are counted, where counting all would take too long."""
    graphql_type: ClassVar[str]
    order: ClassVar[dict[str, ColumnElement[Any]]]
    """The keyset: names of columns and their SQL expressions. All have the same direction, and the last one is unique."""
    ascending: ClassVar[bool] = False
    custom_plan: ClassVar[bool] = False
    """Whether PostgreSQL plans the statement for each execution, since the parent and the viewer decide what is best."""
    sorts_all: ClassVar[bool] = False
    """Whether a LATERAL statement reads all rows of each parent and sorts them."""
    decisive_filters: ClassVar[frozenset[str]] = frozenset()
    """The filters whose values decide which index is best: with them, there is always a custom plan."""
    filters_in_cursors: ClassVar[bool] = False
    """Whether a cursor is valid for one set of filters only."""
    default_page_size: ClassVar[int] = 20
    """The number of rows if neither `first` nor `last` is given."""
    max_page_size: ClassVar[int] = 100
    """The highest allowed `first` and `last`."""

    def __init__(self, reads: Reads, viewer: Viewer, request: PageRequest, filters: Filters = ()) -> None:
        super().__init__(reads, viewer)
        self.request = request
        self.filters = filters

    @classmethod
    def select(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
        """The rows that belong to a parent and that the viewer may see; `given` has the names of the filters that are set."""
        message = f"{cls.__name__} must define `select`"
        raise TypeError(message)

    @classmethod
    def branches(cls, viewer: ViewerKind, parent: ColumnElement[UUID], given: frozenset[str]) -> list[Branch]:
        """The rows of `select` in parts that follow one another; one part, if a single index has all in their order."""
        return [Branch(cls.select(viewer, parent, given), cls.order)]

    @classmethod
    def branch_of(cls, position: tuple[Any, ...]) -> int:
        """The number of the branch, from 1, that has the row with these sort values."""
        return 1

    @classmethod
    def needs_custom_plan(cls, given: frozenset[str]) -> bool:
        """Whether the statement with these filters is planned for its values."""
        return cls.custom_plan or not given.isdisjoint(cls.decisive_filters)

    @classmethod
    @cache
    def cursor_types(cls) -> tuple[type, ...]:
        """The types of a cursor's values."""
        types = (expression.type for expression in cls.order.values())
        return tuple(LargeInteger if isinstance(one, BigInteger) else one.python_type for one in types)

    @classmethod
    def cursor_scope(cls, filters: Filters = ()) -> str:
        """What a cursor is valid for: an order, and the filters if the connection says so."""
        return f"{cls.order_scope()} {filters!r}" if filters and cls.filters_in_cursors else cls.order_scope()

    @classmethod
    @cache
    def order_scope(cls) -> str:
        """The name of the connection with its order, so that a cursor from before a change of the order is refused."""
        columns = (f"{name} {kind.__name__}" for name, kind in zip(cls.order, cls.cursor_types(), strict=True))
        return f"{cls.__name__}({', '.join(columns)}) {'ascending' if cls.ascending else 'descending'}"

    @classmethod
    def parameters(cls, filters: Filters) -> dict[str, Any]:
        """The parameters of the statement for these filters; their names decide which statement it is."""
        return dict(filters)

    async def batch_load_fn(self, keys: list[UUID]) -> list[Page]:
        request, filters = self.request, self.parameters(self.filters)
        connection: Any = type(self)
        after, before = (0 if at is None else self.branch_of(at) for at in (request.after, request.before))
        shape = after, before, request.backward
        make = partial(page_statement, connection, self.viewer.kind, frozenset(filters), *shape, self.items)
        is_ascending = connection.ascending is not request.backward
        statement = for_parents(make, len(keys), connection.order, is_ascending=is_ascending)
        positions = {f"after_{n}": value for n, value in enumerate(request.after or ())}
        positions |= {f"before_{n}": value for n, value in enumerate(request.before or ())}
        given = positions | filters | {"keys": keys, "parent": keys[0], "size": request.size + 1}
        rows = await self.reads.rows(statement, **given)
        if len(keys) == 1:
            return [Page(connection, keys[0], rows, request, self.filters)]
        found: list[list[Row]] = [[] for _ in keys]
        for row in rows:
            found[row[0] - 1].append(row)
        return [Page(connection, key, page, request, self.filters) for key, page in zip(keys, found, strict=True)]


class CountLoader(BatchLoader[UUID, int]):
    """Loads the number of rows of a connection for each parent, regardless of the page."""

    def __init__(self, reads: Reads, viewer: Viewer, connection: type[ConnectionLoader], filters: Filters) -> None:
        super().__init__(reads, viewer)
        self.connection = connection
        self.filters = filters

    async def batch_load_fn(self, keys: list[UUID]) -> list[int]:
        filters = self.connection.parameters(self.filters)
        connection: Any = self.connection
        make = partial(count_statement, connection, self.viewer.kind, frozenset(filters))
        statement = for_parents(make, len(keys))
        rows = await self.reads.rows(statement, keys=keys, parent=keys[0], **filters)
        found = {row[0]: row[1] for row in rows}
        return [found[ordinality] for ordinality in range(1, len(keys) + 1)]
