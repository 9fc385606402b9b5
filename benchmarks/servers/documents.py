"""One SQL statement builds the whole answer, and Python passes it through: the least work outside the database.

Cursors cannot be signed in SQL, so its answers equal the others' but for the cursors.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from actions.accounts import KNOWN
from benchmarks.servers import stage
from benchmarks.servers.ceiling import HEADERS, JSON
from mails.outbox import open_database
from models import ids

FOLDER = Path(__file__).parent.parent / "sql"
STATEMENTS = {name: (FOLDER / f"{name}.sql").read_text() for name in ("Q1", "Q2", "Q3", "Q4")}


def create() -> Starlette:
    url, settings, credentials = stage.from_environment()
    verifier = stage.verifier(settings, credentials)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.database = database = await open_database(settings, credentials, url)
        yield
        await database.close()

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        claims = await verifier.verify([request.headers["authorization"].encode("latin-1")])
        assert claims
        async with app.state.database.connections.connection() as connection:
            viewer = (await connection.fetch(KNOWN.sql, claims.subject))[0]
            given = values(asked["variables"])
            body = await connection.fetchval(STATEMENTS[asked["operationName"]], viewer["id"], *given)
        return Response(body, 200, HEADERS, JSON)

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)
    return app


def values(variables: dict[str, Any]) -> list[Any]:
    """Give the variables as the statements want them."""
    return [ids.key_of("Customer", variables["id"]) if "id" in variables else variables["first"]]
