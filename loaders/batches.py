"""What loaders have in common: keys in, values out in their order, None for the missing, one statement."""

from collections.abc import Hashable, Iterable
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import ARRAY, Select, Text, Uuid, any_, bindparam

from auth import Standing, Viewer
from database import Reads, Row, Statement

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

KEYS: Any = any_(bindparam("keys", type_=ARRAY(Uuid())))
WORDS: Any = any_(bindparam("keys", type_=ARRAY(Text())))


class Batch(DataLoader[K, V], Generic[K, V]):
    """A question asked for many keys at once. Lives for one request and one viewer."""

    graphql_type: ClassVar[str] = ""
    key: ClassVar[str] = "id"

    def __init__(self, reads: Reads, viewer: Viewer) -> None:
        super().__init__()
        self.reads = reads
        self.viewer = viewer

    @staticmethod
    def get_cache_key(key: K) -> K:
        """Keys stand for themselves."""
        return key

    @classmethod
    def select(cls, by: Standing) -> Select[Any]:
        """Say the question: a SELECT over `KEYS` whose column `key` tells which key a row answers."""
        raise NotImplementedError(cls)

    @classmethod
    @cache
    def statement(cls, by: Standing) -> Statement:
        """Compile the question, once for each kind of viewer."""
        return Statement(cls.select(by), cls.graphql_type)

    async def rows(self, keys: Iterable[K]) -> list[Row]:
        """Ask."""
        statement = self.statement(self.viewer.standing)
        return await self.reads.rows(statement, keys=list(keys))


class One(Batch[K, Row | None]):
    """At most one row for each key."""

    async def batch_load_fn(self, keys: list[K]) -> list[Row | None]:
        """Answer a batch."""
        found = {row[self.key]: row for row in await self.rows(keys)}
        return [found.get(key) for key in keys]


class Many(Batch[UUID, list[Row]]):
    """All rows for each key, in the order of the SELECT: for lists that cannot grow long."""

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[Row]]:
        """Answer a batch."""
        found: dict[UUID, list[Row]] = {key: [] for key in keys}
        for row in await self.rows(keys):
            found[row[self.key]].append(row)
        return [found[key] for key in keys]
