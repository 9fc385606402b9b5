"""Lists that take `first` alone: the first rows of many parents in one LATERAL statement."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, bindparam, select, true

from auth.viewer import Viewer, ViewerKind
from database.reads import Reads
from database.statements import Row, Statement
from execution.field_metadata import Columns
from loaders.batches import UUID_KEYS, UUID_TABLE, RowsLoader, compile_statement
from loaders.joins import with_joins
from loaders.page_statements import PARENT


class ShortListLoader(RowsLoader):
    """The first `size` rows for each key, in the order of `sorted_by`."""

    default_page_size: ClassVar[int]
    max_page_size: ClassVar[int] = 100
    usual_size: ClassVar[int | None] = None
    """How many rows lists usually have, if that is less than the default; see `ListSize.usual`."""

    @staticmethod
    def visible(viewer: ViewerKind) -> ColumnElement[bool]:
        """Say which rows the viewer sees: all, unless a list says otherwise."""
        return true()

    @classmethod
    def row(cls, viewer: ViewerKind) -> Sequence[Any]:
        """Give the columns of a row, which may depend on who asks."""
        return cls.columns

    def __init__(self, reads: Reads, viewer: Viewer, size: int | None = None) -> None:
        super().__init__(reads, viewer)
        self.size = self.default_page_size if size is None else size

    @classmethod
    @lru_cache(maxsize=1024)
    def statement(cls, viewer: ViewerKind, items: Columns | None = None) -> Statement:
        """Compile the statement, which reads no more rows of a parent than it returns."""
        wanted = [column for column in cls.row(viewer) if items is None or column.key in items]
        order = [column for column in cls.sorted_by if column not in set(wanted)]
        rows = select(*wanted, *order).where(cls.found_by == PARENT, cls.visible(viewer)).order_by(*cls.sorted_by)
        few = rows.limit(bindparam("size", type_=Integer)).lateral("few")
        listed = select(UUID_TABLE.ordinality, *(few.c[column.key] for column in wanted))
        listed = listed.select_from(UUID_KEYS.table.join(few, true()))
        listed = listed.order_by(*(few.c[column.key] for column in cls.sorted_by))
        listed, joined = with_joins(listed, few.c, items)
        return compile_statement(cls, listed, cls.graphql_type, joined=joined)

    async def rows(self, keys: Iterable[UUID]) -> list[Row]:
        """Read the first rows of each key."""
        statement = self.statement(self.viewer.kind, self.items)
        return await self.reads.rows(statement, keys=list(keys), size=self.size)
