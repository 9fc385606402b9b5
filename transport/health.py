"""Probes: whether the process is alive, and whether it can answer requests."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def live(_request: Request) -> Response:
    """Answer 200 as long as the event loop runs, whatever the database does."""
    return JSONResponse({"status": "live"})


async def ready(request: Request) -> Response:
    """Answer 200 when the database does too, however busy this process is; else, and before the process stops, 503."""
    if request.app.stopping:
        return JSONResponse({"status": "stopping", "detail": "The process is about to stop."}, 503)
    if not await request.app.state.resources.database.probe.answers():
        return JSONResponse({"status": "unavailable", "detail": "The database does not answer."}, 503)
    return JSONResponse({"status": "ready"})


routes = [Route("/health/live", live), Route("/health/ready", ready)]
