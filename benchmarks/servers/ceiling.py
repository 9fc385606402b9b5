"""The least that Python can do: a hand-written Starlette route over asyncpg, for the same bytes from the same SQL.

It verifies the token, looks up the viewer, minds audiences, writes ids and signs cursors as the graph does, and has the
pool of the graph's own reads.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Connection, Record
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from actions.accounts import KNOWN
from auth.viewer import Viewer
from auth.viewer_memory import ViewerMemory
from benchmarks.servers import catalogue_page, dashboard, mixed_nodes, queries, stage
from benchmarks.servers.mutations import Find, Mutations
from benchmarks.servers.reads import HandWrittenReads
from loaders.cursors import Cursors
from mails.outbox import open_database
from models.customers import Role

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
JSON = "application/json; charset=utf-8"

Handler = Callable[[HandWrittenReads, dict[str, Any]], Awaitable[dict[str, Any]]]
HANDLERS: dict[str, Handler] = {
    "Q1": queries.q1, "Q2": queries.q2, "Q3": queries.q3, "Q4": queries.q4,
    "Dashboard": dashboard.answer, "Nodes": mixed_nodes.answer, "Catalogue": catalogue_page.answer,
}  # fmt: skip


async def find_viewer(connection: Connection, subject: str, viewers: ViewerMemory) -> Viewer:
    """Find who asks, by the statement of the graph, unless they are remembered."""
    viewer = viewers.get(subject)
    if viewer is None:
        reading = viewers.begin()
        known = (await connection.fetch(KNOWN.sql, subject))[0]
        viewer = Viewer(known["id"], Role(known["role"]))
        viewers.keep(subject, viewer, reading)
    return viewer


def create(mutations: type[Mutations] = Mutations) -> Starlette:
    url, settings, credentials = stage.from_environment()
    verifier = stage.verifier(settings, credentials)
    cursors = Cursors(credentials.secret_key)
    viewers = ViewerMemory(settings.database.viewer_memory_seconds, lambda: True)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.database = database = await open_database(settings, credentials, url)
        app.state.mutations = mutations(database, settings, credentials)
        await app.state.mutations.prepare()
        yield
        await database.close()

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        claims = await verifier.verify([request.headers["authorization"].encode("latin-1")])
        assert claims
        name, given = asked["operationName"], asked["variables"]
        async with app.state.database.connections.connection() as connection:
            viewer = await find_viewer(connection, claims.subject, viewers)
            if name in HANDLERS:
                data = await HANDLERS[name](HandWrittenReads(connection, cursors, viewer), given)
        if name not in HANDLERS:
            mutation = getattr(app.state.mutations, name.lower())
            data = await mutation(viewer, given["input"], request.client.host if request.client else "", find(viewer))
        return Response(orjson.dumps({"data": data}), 200, HEADERS, JSON)

    def find(viewer: Viewer) -> Find:
        async def row(loader: Any, key: UUID) -> Record:
            async with app.state.database.connections.connection() as connection:
                return (
                    await HandWrittenReads(connection, cursors, viewer).by_id(loader.statement(viewer.kind), [key])
                )[key]

        return row

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)
    return app
