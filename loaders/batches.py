"""What loaders have in common: keys in, values out in their order, None for the missing, one statement."""

from asyncio import Future, get_running_loop, shield
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import ARRAY, Select, Text, Uuid, bindparam, column, func, select
from sqlalchemy.types import TypeEngine

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from database.statements import Row, Statement

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def unnest_keys(kind: TypeEngine[Any]) -> Any:
    """Give the keys that are asked for, as a table of `key` and `place`: a row says which key it answers by its place.

    That a place is a small integer makes it cheaper to send, to read and to look up than the key itself.
    """
    keys = func.unnest(bindparam("keys", type_=ARRAY(kind)))
    return keys.table_valued(column("key", kind), with_ordinality="place").render_derived(name="keys").c


UUID_TABLE, TEXT_TABLE = unnest_keys(Uuid()), unnest_keys(Text())
UUID_KEYS: Any = UUID_TABLE.key
TEXT_KEYS: Any = TEXT_TABLE.key


class BatchLoader(DataLoader[K, V], Generic[K, V]):
    """A loader that can also be asked for a whole level at once: `load` for one, `many` for all, over one cache."""

    items: frozenset[str] | None = None
    """The columns that its rows need have; None for all."""

    def __init__(self, reads: Reads, viewer: Viewer) -> None:  # the parent's does more, for options that we do not use
        self.loop = get_running_loop()
        self._cache = {}
        self._queue: list[Any] = []
        self.reads = reads
        self.viewer = viewer
        self._found: dict[K, V] = {}
        self._narrow: dict[frozenset[str], Self] = {}

    @staticmethod
    def get_cache_key(key: K) -> K:
        """Keys stand for themselves."""
        return key

    def load(self, key: K) -> Future[V]:
        """Promise the value of a key. Who stops waiting for it takes it from nobody else who waits."""
        if key not in self._found:
            return shield(super().load(key))
        future: Future[V] = self.loop.create_future()
        value = self._found[key]
        if isinstance(value, Exception):  # as aiodataloader has it, a batch may hold an exception for a key
            future.set_exception(value)
        else:
            future.set_result(value)
        return future

    async def load_batch(self, keys: list[K]) -> dict[K, V]:
        """Give the values of distinct keys, by key."""
        found, pending = self._found, self._cache
        wanted = [key for key in keys if key not in found] if found else keys
        known = [key for key in wanted if key in pending] if pending else ()
        for key in known:
            found[key] = await shield(pending[key])
        fresh = [key for key in wanted if key not in found] if known else wanted
        if fresh:
            found.update(zip(fresh, await self.batch_load_fn(fresh), strict=True))
        return found

    def with_columns(self, items: frozenset[str]) -> Self:
        """Give the loader whose rows need have no more than these columns. What is known already it knows, too."""
        made = self._narrow.get(items)
        if made is None:
            made = self._narrow[items] = object.__new__(type(self))
            made.__dict__.update(
                self.__dict__, items=items, _cache={}, _queue=[], _found=self._found.copy(), _narrow={}
            )
        return made

    def clear(self, key: K) -> Self:
        """Forget the value of a key."""
        self._found.pop(key, None)
        self._narrow.clear()
        return super().clear(key)


Lookup: TypeAlias = tuple[BatchLoader[Any, Any], Any]
"""Where a value is found: by what loader and key. The key None finds nothing."""


def selected_columns(rows: Select[Any], items: frozenset[str] | None, *always: str) -> list[Any]:
    """List the columns of a SELECT that are needed."""
    if items is None:
        return list(rows.selected_columns)
    return [column for column in rows.selected_columns if column.key in items or column.key in always]


def with_ordinality(rows: Select[Any], items: frozenset[str] | None) -> Select[Any]:
    """Select the place of the key that a row answers, and then no more than the columns that are needed."""
    keys = [source for source in rows.get_final_froms() if getattr(source, "name", "") == "keys"]
    place = keys[0].c.place if keys else rows.selected_columns["place"]
    kept = [column for column in selected_columns(rows, items) if column.key != "place"]
    return rows.with_only_columns(place, *kept, maintain_column_froms=True)


def compiled(loader: type, rows: Select[Any], graphql_type: str) -> Statement:
    """Compile a SELECT over the keys. One that would give every key the rows of all keys is refused."""
    statement = Statement(rows, graphql_type)
    if statement.sql.count(f" AS {UUID_KEYS.table.name}(") != 1:
        # None: the SELECT never looks at the keys. Two: SQLAlchemy gave a subquery a table of keys of its own.
        message = (
            f"{loader.__name__} must read the keys exactly once, in the outermost SELECT or beside the LATERAL one: "
            "correlate the subquery that names them, or join instead"
        )
        raise TypeError(message)
    return statement


class StatementLoader(BatchLoader[K, V]):
    """A question asked for many keys at once. Lives for one request and one viewer."""

    graphql_type: ClassVar[str] = ""
    columns: ClassVar[Sequence[Any]] = ()
    found_by: ClassVar[Any] = None
    sorted_by: ClassVar[Sequence[Any]] = ()

    @classmethod
    def select(cls, viewer: ViewerKind) -> Select[Any]:
        """Say the question: a SELECT of what equals `KEYS`, or `WORDS`.

        What everybody may see needs no more than the columns, the one to find by, and an order.
        """
        return select(*cls.columns).where(cls.found_by == unnest_keys(cls.found_by.type).key).order_by(*cls.sorted_by)

    @classmethod
    @lru_cache(maxsize=2048)
    def statement(cls, viewer: ViewerKind, items: frozenset[str] | None = None) -> Statement:
        """Compile the question, once for each kind of viewer and set of columns."""
        return compiled(cls, with_ordinality(cls.select(viewer), items), cls.graphql_type)

    async def rows(self, keys: Iterable[K]) -> list[Row]:
        """Ask."""
        statement = self.statement(self.viewer.kind, self.items)
        return await self.reads.rows(statement, keys=list(keys))


class RowLoader(StatementLoader[K, Row | None]):
    """At most one row for each key."""

    async def batch_load_fn(self, keys: list[K]) -> list[Row | None]:
        """Answer a batch."""
        found: list[Row | None] = [None] * len(keys)
        for row in await self.rows(keys):
            found[row[0] - 1] = row
        return found


class RowsLoader(StatementLoader[UUID, list[Row]]):
    """All rows for each key, in the order of the SELECT: for lists that cannot grow long."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Row]]:
        """Answer a batch."""
        found: list[list[Row]] = [[] for _ in keys]
        for row in await self.rows(keys):
            found[row[0] - 1].append(row)
        return found
