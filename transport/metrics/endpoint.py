"""`GET /metrics`, for Prometheus: on a port of its own, behind a bearer token, or, in development, open."""

import asyncio
import gzip
import secrets
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from transport.sampled_log import REFUSALS


class MetricsEndpoint:
    """Answers with the metrics of a registry. `refresh` is awaited before they are written."""

    def __init__(
        self, registry: CollectorRegistry, refresh: Callable[[], Awaitable[None]], token: SecretStr | None
    ) -> None:
        self._registry = registry
        self._refresh = refresh
        self._token = token.get_secret_value().encode() if token else None

    @property
    def route(self) -> Route:
        """Where it answers."""
        return Route("/metrics", self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Answer one request."""
        if self._token is not None and not self._allowed(self._token, request):
            return PlainTextResponse("The bearer token is missing or wrong.", 401, {"www-authenticate": "Bearer"})
        await self._refresh()
        compressed = "gzip" in request.headers.get("accept-encoding", "")
        # Thousands of lines take longer than other requests should wait.
        kind, body = await asyncio.to_thread(self._write, request.headers.get("accept", ""), compressed=compressed)
        headers = {"content-type": kind, "vary": "accept, accept-encoding"}
        return Response(body, headers=headers | ({"content-encoding": "gzip"} if compressed else {}))

    def _allowed(self, token: bytes, request: Request) -> bool:
        given = request.headers.getlist("authorization")
        scheme, _, credentials = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        if scheme.lower() == "bearer" and secrets.compare_digest(credentials.strip().encode("latin-1"), token):
            return True
        if given:
            REFUSALS.warning("metrics_refused")
        return False

    def _write(self, accept: str, *, compressed: bool) -> tuple[str, bytes]:
        try:
            encoder, kind = choose_encoder(accept)
        except (TypeError, ValueError):  # a version that is no number
            encoder, kind = choose_encoder("")
        body = encoder(self._registry)
        return kind, gzip.compress(body, 5) if compressed else body
