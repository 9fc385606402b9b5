"""Cross-origin requests: the front ends of allowed origins may read answers."""

import orjson
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

import errors
from transport.errors import known_error
from transport.origins import Origins
from transport.response_headers import with_safe_headers
from transport.sampled_log import REFUSALS

EXPOSED_HEADERS = (
    "content-language", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after", "x-request-id",
)  # fmt: skip
MAX_AGE_SECONDS = 7_200
"""For how long a browser need not ask again; Chromium takes no longer time."""


class CrossOrigin:
    """An application whose answers only pages of allowed origins can read.

    They may send any header: there are no cookies, so a request can do no more than the token that its page has.
    """

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self.app = app
        self._origins = origins
        self._shared = CORSMiddleware(
            app,
            allow_origin_regex=".*",
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=["*"],
            allow_private_network=True,
            expose_headers=EXPOSED_HEADERS,
            max_age=MAX_AGE_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not any(name == b"origin" for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
        elif self._origins.allow(scope):
            await self._shared(scope, receive, with_safe_headers(send) if scope["method"] == "OPTIONS" else send)
        else:
            REFUSALS.warning("origin_refused", setting="CORS_ORIGINS")
            # A page needs no permission to send a GET, but for whatever can be done by POST.
            answer = _refuse if scope["method"] in {"GET", "HEAD"} else self.app
            await answer(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = errors.Forbidden("This origin is not one of CORS_ORIGINS.", reason="origin")
    response = Response(orjson.dumps({"errors": [known_error(refusal)]}), 403, media_type="application/json")
    await response(scope, receive, with_safe_headers(send))
