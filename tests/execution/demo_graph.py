"""The real graph over demo data, run in this process for any persona."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import strawberry
from graphql import DocumentNode

from auth.secrets import Secrets
from auth.viewer import Viewer
from auth.viewer_memory import NO_MEMORY
from context import Context, Resources
from database.engine import Database
from database.urls import plain_url
from events.subscriber import Listener
from loaders.cursors import Cursors
from models.customers import Role
from settings import Settings
from tests.execution.running import Answer, compiled, reference

NOBODY = "anonymous"
SECRET = "x" * 40


class Request(Context):
    """A context that can be watched; its own class has no place for weak references."""


@dataclass
class Demo:
    """A database with demo data, the graph, and the personas."""

    url: str
    database: Database
    settings: Settings
    schema: strawberry.Schema
    personas: dict[str, Viewer]
    cursors: Cursors

    async def run(self, how: Any, document: DocumentNode, variables: Any, who: str, watch: Any = None) -> Answer:
        """Run an operation in a request of its own."""
        reads = self.database.reads()
        listener = Listener(self.url, self.database.connections, limit=1)
        resources = Resources(self.settings, Secrets(SECRET, ()), self.database, listener, self.cursors, NO_MEMORY)
        request = Request(resources, self.personas[who], reads)
        if watch:
            watch(request)
        try:
            return await how(self.schema, document, variables, request)  # type: ignore[no-any-return]
        finally:
            await reads.release()

    async def reference(self, document: DocumentNode, variables: Any, who: str) -> Answer:
        return await self.run(reference, document, variables, who)

    async def compiled(self, document: DocumentNode, variables: Any, who: str) -> Answer:
        return await self.run(compiled, document, variables, who)


PERSONAS = ["layla", "omar", "sam", "nora", "amal"]


async def fetched(url: str, sql: str, *values: Any) -> list[Any]:
    """Ask the database beside the request."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def opened(url: str, settings: Settings, schema: strawberry.Schema) -> Demo:
    """Connect to a database that demo data was loaded into."""
    database = await Database.connect(url, size=8, statement=10, lock=2, wait=5)
    sql = "SELECT username, id, role FROM customer WHERE username = ANY($1)"
    rows = await fetched(url, sql, PERSONAS)
    personas = {row["username"]: Viewer(row["id"], Role(row["role"])) for row in rows}
    assert len(personas) == len(PERSONAS)
    return Demo(url, database, settings, schema, personas | {NOBODY: Viewer(None, None)}, Cursors(SECRET))
