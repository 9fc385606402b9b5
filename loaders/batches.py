"""The base of all loaders: one statement for many keys, values in the order of the keys, None for missing ones."""

from asyncio import Future, get_running_loop, shield
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import ARRAY, Select, Text, Uuid, bindparam, column, func, select
from sqlalchemy.types import TypeEngine

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from database.statements import JoinedTable, Row, Statement
from execution.field_metadata import Columns
from loaders.column_sets import ColumnSets
from loaders.joins import with_joins

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def unnest_keys(kind: TypeEngine[Any]) -> Any:
    """The keys of a batch as a table of `key` and `ordinality`. A row names its key by the ordinality, counted from 1.

    A small integer is cheaper to send, to parse and to look up than the key itself.
    """
    keys = func.unnest(bindparam("keys", type_=ARRAY(kind)))
    return keys.table_valued(column("key", kind), with_ordinality="ordinality").render_derived(name="keys").c


UUID_TABLE, TEXT_TABLE = unnest_keys(Uuid()), unnest_keys(Text())
UUID_KEYS: Any = UUID_TABLE.key
TEXT_KEYS: Any = TEXT_TABLE.key


COLUMN_SETS: defaultdict[type, ColumnSets] = defaultdict(ColumnSets)
"""By the class of a loader."""
NOTHING: Mapping[str, Any] = {}


def _retrieve(future: Future[Any]) -> None:
    """Mark an exception as seen: asyncio would log one that a field which was given up does not await."""
    if not future.cancelled():
        future.exception()


class BatchLoader(DataLoader[K, V], Generic[K, V]):
    """A loader with one cache for `load`, which takes one key, and `load_batch`, which takes those of a whole level."""

    items: Columns | None = None
    """The columns that its rows must have; None for all."""
    own_items: set[str] | None = None
    """Those without the columns of other rows."""

    def __init__(
        self, reads: Reads, viewer: Viewer
    ) -> None:  # super().__init__ does more, for options that we do not use
        self.loop = get_running_loop()
        self._cache = {}
        self._queue: list[Any] = []
        self.reads = reads
        self.viewer = viewer
        self._found: dict[K, V] = {}
        self._narrow: dict[Columns, Self] = {}

    @staticmethod
    def get_cache_key(key: K) -> K:
        return key

    def load(self, key: K) -> Future[V]:
        """The value of a key. Each caller gets a future of its own: cancelling one does not affect the others."""
        if key not in self._found:
            is_new = key not in self._cache
            loading = super().load(key)
            if is_new:
                loading.add_done_callback(_retrieve)  # it may fail when all who awaited it have been cancelled
            shielded = shield(loading)
            shielded.add_done_callback(_retrieve)
            return shielded
        future: Future[V] = self.loop.create_future()
        future.add_done_callback(_retrieve)
        value = self._found[key]
        if isinstance(value, Exception):  # as in aiodataloader, the value of a key may be an exception
            future.set_exception(value)
        else:
            future.set_result(value)
        return future

    async def load_one(self, key: K) -> V:
        """The value of a key that nobody else asks for at this moment: nothing waits for others to join the batch."""
        return (await self.load_batch([key]))[key]

    async def load_batch(self, keys: list[K]) -> dict[K, V]:
        """The values of distinct keys, by key; the dict may have other keys, too."""
        found, pending = self._found, self._cache
        wanted = [key for key in keys if key not in found] if found else keys
        known = [key for key in wanted if key in pending] if pending else ()
        for key in known:
            found[key] = await shield(pending[key])
        fresh = [key for key in wanted if key not in found] if known else wanted
        if fresh:
            found.update(zip(fresh, await self.batch_load_fn(fresh), strict=True))
        return found

    def take(self, column: str, keys: list[Any], rows: list[Any]) -> None:
        """Remember the values of keys that were fetched with rows, which refer to them by a column."""
        found, new = self._found, object.__new__
        classes = {kind: self._joined_class(kind, column) for kind in {row.__class__ for row in rows}}
        if any(classes.values()):
            for key, row in zip(keys, rows, strict=True):
                joined = classes[row.__class__]
                if joined is not None and key is not None and key not in found:
                    found[key] = made = new(joined)  # without `__init__`, which would take longer than all else here
                    made.record = row.record

    def _joined_class(self, kind: type, column: str) -> Any:
        """The class of what was fetched with rows of a class, if it has all columns that the rows of this loader must have."""
        joined = getattr(kind, "joined", NOTHING).get(column)
        return None if joined is None or self.own_items is None or self.own_items - joined.columns.keys() else joined

    def with_columns(self, items: Columns) -> Self:
        """A loader of the same values, whose rows must have these columns only. It shares what is loaded already.

        Where there are too many sets of columns, it is the loader of whole rows.
        """
        made = self._narrow.get(items)
        if made is None:
            if not COLUMN_SETS[type(self)].admit(items):
                return self
            found, cache = dict(self._found), dict(self._cache)
            own = {item for item in items if isinstance(item, str)}
            for other in self._narrow.values():
                if other.items is not None and other.items >= own:
                    found.update(other._found)  # noqa: SLF001 - another of this class
                    cache.update(other._cache)  # noqa: SLF001
            made = self._narrow[items] = object.__new__(type(self))
            made.__dict__.update(
                self.__dict__, items=items, own_items=own, _cache=cache, _queue=[], _found=found, _narrow={}
            )
        return made

    def clear(self, key: K) -> Self:
        """Remove the value of a key from the cache."""
        self._found.pop(key, None)
        self._narrow.clear()
        return super().clear(key)


Lookup: TypeAlias = tuple[BatchLoader[Any, Any], Any]
"""A loader and the key to load from it; None for a key that has no value."""


def selected_columns(rows: Select[Any], items: Columns | None, *always: str) -> list[Any]:
    """The columns of a SELECT that are in `items` or `always`; all if `items` is None."""
    if items is None:
        return list(rows.selected_columns)
    return [column for column in rows.selected_columns if column.key in items or column.key in always]


def with_ordinality(rows: Select[Any], items: Columns | None) -> Select[Any]:
    """Select the ordinality of a row's key first, and then the needed columns only."""
    keys = [source for source in rows.get_final_froms() if getattr(source, "name", "") == "keys"]
    ordinality = keys[0].c.ordinality if keys else rows.selected_columns["ordinality"]
    kept = [column for column in selected_columns(rows, items) if column.key != "ordinality"]
    return rows.with_only_columns(ordinality, *kept, maintain_column_froms=True)


def compile_statement(
    loader: type, rows: Select[Any], graphql_type: str, *, custom_plan: bool = False,
    joined: Mapping[str, JoinedTable] = {},
) -> Statement:  # fmt: skip
    """Compile a SELECT over the keys. Raises TypeError for one that would give each key the rows of all keys."""
    statement = Statement(rows, graphql_type, custom_plan=custom_plan, joined=joined)
    if statement.sql.count(f" AS {UUID_KEYS.table.name}(") != 1:
        # Zero: the SELECT does not use the keys. Two: SQLAlchemy gave a subquery its own table of keys.
        message = (
            f"{loader.__name__} must read the keys exactly once, in the outermost SELECT or beside the LATERAL one: "
            "correlate the subquery that names them, or join instead"
        )
        raise TypeError(message)
    statement.row.loader = loader.__name__
    return statement


class StatementLoader(BatchLoader[K, V]):
    """A loader that runs one SELECT for many keys. It lives for one request and one viewer."""

    graphql_type: ClassVar[str] = ""
    columns: ClassVar[Sequence[Any]] = ()
    joined_columns: ClassVar[frozenset[str]] = frozenset()
    """The columns that a statement for rows that refer to `found_by` may fetch with them."""
    found_by: ClassVar[Any] = None
    sorted_by: ClassVar[Sequence[Any]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        select: Any = cls.select
        if cls.joined_columns and select.__func__ is not vars(StatementLoader)["select"].__func__:
            message = f"{cls.__name__} has a SELECT of its own, which may hide rows: they cannot be joined to others"
            raise TypeError(message)

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """The SELECT, in which a column equals `UUID_KEYS` or `TEXT_KEYS`.

        For rows that every viewer may see, `columns`, `found_by` and `sorted_by` are enough.
        """
        return select(*cls.columns).where(cls.found_by == unnest_keys(cls.found_by.type).key).order_by(*cls.sorted_by)

    @classmethod
    @lru_cache(maxsize=2048)
    def statement(cls, viewer: ViewerKind, items: Columns | None = None) -> Statement:
        """Compile the SELECT, once for each kind of viewer and set of columns."""
        rows = with_ordinality(cls.select(viewer), items)
        rows, joined = with_joins(rows, rows.selected_columns, items)
        return compile_statement(cls, rows, cls.graphql_type, joined=joined)

    async def rows(self, keys: Iterable[K]) -> list[Row]:
        """Run the SELECT."""
        statement = self.statement(self.viewer.kind, self.items)
        return await self.reads.rows(statement, keys=list(keys))


class RowLoader(StatementLoader[K, Row | None]):
    """Loads at most one row for each key."""

    async def batch_load_fn(self, keys: list[K]) -> list[Row | None]:
        found: list[Row | None] = [None] * len(keys)
        for row in await self.rows(keys):
            found[row[0] - 1] = row
        return found


class RowsLoader(StatementLoader[UUID, list[Row]]):
    """Loads all rows for each key, in the order of the SELECT: for lists that are always short."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Row]]:
        found: list[list[Row]] = [[] for _ in keys]
        for row in await self.rows(keys):
            found[row[0] - 1].append(row)
        return found
