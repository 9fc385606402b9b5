"""Cross-origin requests: which websites may call this server."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware


def middleware(origins: tuple[str, ...]) -> list[Middleware]:
    """Let the front ends of these origins read answers; none without origins."""
    if not origins:
        return []
    headers = [
        "authorization", "content-type", "graphql-cost", "idempotency-key", "last-event-id", "traceparent", "x-request-id",
    ]  # fmt: skip
    shown = ["retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-request-id"]
    return [
        Middleware(
            CORSMiddleware, allow_origins=origins, allow_methods=["POST"], allow_headers=headers, expose_headers=shown
        )
    ]
