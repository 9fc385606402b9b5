"""How the hand-written route reads: by the SQL of the graph's own loaders, over one connection."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asyncpg import Connection, Record

from auth.viewer import Viewer
from database.reads import BEGIN_WITH_CUSTOM_PLANS
from database.statements import Statement
from loaders.cursors import Cursors

CURRENCY = "AED"


class HandWrittenReads:
    """A connection, and who asks."""

    __slots__ = ("always", "connection", "kind", "viewer", "write_cursor")

    def __init__(self, connection: Connection, cursors: Cursors, viewer: Viewer) -> None:
        self.connection = connection
        self.write_cursor = cursors.write
        self.viewer = viewer
        self.kind = viewer.kind
        self.always = {"viewer": viewer.id, "currency": CURRENCY}

    async def rows(self, statement: Statement, **parameters: Any) -> list[Record]:
        values = statement.arguments(self.always | parameters)
        if not statement.custom_plan:
            return await self.connection.fetch(statement.sql, *values, record_class=statement.row)
        await self.connection.execute(BEGIN_WITH_CUSTOM_PLANS)
        rows = await self.connection.fetch(statement.sql, *values, record_class=statement.row)
        await self.connection.execute("COMMIT")
        return rows

    async def by_id(self, statement: Statement, keys: Iterable[UUID]) -> dict[UUID, Record]:
        """Read one row for each key. Without keys nothing is read."""
        wanted = list(keys)
        if not wanted:
            return {}
        return {wanted[row[0] - 1]: row for row in await self.rows(statement, keys=wanted)}

    async def pages(self, statement: Statement, keys: Iterable[UUID], size: int) -> dict[UUID, list[Record]]:
        """Read a page for each key, with one row more than its size if there is one."""
        wanted = list(keys)
        found: dict[UUID, list[Record]] = {key: [] for key in wanted}
        if wanted:
            for row in await self.rows(statement, keys=wanted, size=size + 1):
                found[wanted[row[0] - 1]].append(row)
        return found

    async def lists(self, statement: Statement, keys: Iterable[UUID], **parameters: Any) -> dict[UUID, list[Record]]:
        """Read all rows of each key."""
        wanted = list(keys)
        found: dict[UUID, list[Record]] = {key: [] for key in wanted}
        if wanted:
            for row in await self.rows(statement, keys=wanted, **parameters):
                found[wanted[row[0] - 1]].append(row)
        return found
