"""Probes: whether the process is alive, and whether it can answer requests."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

DATABASE_SECONDS = 2.0


async def live(_request: Request) -> Response:
    """Answer 200 as long as the event loop runs, whatever the database does."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """Answer 200 when the database does too, else 503."""
    try:
        connections = request.app.state.resources.database.connections
        async with asyncio.timeout(DATABASE_SECONDS), connections.connection() as connection:
            await connection.fetchval("SELECT 1")
    except Exception:  # noqa: BLE001 - whatever it is, requests cannot be answered
        return JSONResponse({"status": "unavailable", "detail": "The database does not answer."}, 503)
    return JSONResponse({"status": "ready"})


routes = [Route("/health/live", live), Route("/health/ready", ready)]
