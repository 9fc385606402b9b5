"""GraphiQL: the page at the graph's address, and its files."""

import json
import os
import re
from collections.abc import Sequence
from mimetypes import guess_type
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from transport.media_types import parse_qualities

FOLDER = Path(__file__).parents[1] / "explorer"
ENDPOINT = "/graphql"
PLACE_FOR_CONFIG = '<script type="application/json" id="clientele-config">{}</script>'

HASHED = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"
CODINGS = {b"br": ".br", b"gzip": ".gz"}
"""What the build writes beside a file, the smallest first, by the names that clients know."""


class Persona(NamedTuple):
    """A customer whom a developer may sign in as, with a development token."""

    username: str
    description: str
    token: str


def page(
    personas: Sequence[Persona], folder: Path = FOLDER, *, areas: dict[str, list[str]] | None = None,
    values: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    """The built page, or the one from a CDN where `explorer/` was never built.

    `areas` are what the documentation is sorted by: schema coordinates by the name of their area. `values` replace
    `{{NAME}}` in the variables of examples.
    """
    built = folder / "dist" / "index.html"
    html = (built if built.is_file() else folder / "fallback.html").read_text(encoding="utf-8")
    return HTMLResponse(
        html.replace(PLACE_FOR_CONFIG, _config(personas, areas or {}, values or {}), 1),
        headers={
            "Content-Security-Policy": _policy(html),
            "Cache-Control": "no-store",  # it carries tokens
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        },
    )


class _Built(StaticFiles):
    async def check_config(self) -> None:
        """Nothing: the folder may be built while the server runs."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.endswith(tuple(CODINGS.values())):
            raise HTTPException(404)  # without Content-Encoding nobody could read them
        response = await super().get_response(path, scope)
        response.headers.update(_headers(HASHED if path.startswith("assets") else REVALIDATED))
        return response

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Give a file as the build has compressed it, by the coding that the client prefers, or else as it is."""
        request = Headers(scope=scope)
        for coding in _accepted(request.getlist("accept-encoding")):
            compressed = f"{full_path}{CODINGS[coding]}"
            try:
                found = os.stat(compressed)  # noqa: PTH116 - what FileResponse takes
            except OSError:
                continue
            response: Response = FileResponse(
                compressed,
                status_code,
                {"Content-Encoding": coding.decode()},
                guess_type(full_path)[0],
                stat_result=found,
            )
            if self.is_not_modified(response.headers, request):
                response = NotModifiedResponse(response.headers)
            break
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Vary"] = "Accept-Encoding"
        return response


def _accepted(accept_encoding: Sequence[str]) -> list[bytes]:
    """The codings that a client prefers to the file as it is, the preferred one first."""
    qualities = parse_qualities(",".join(accept_encoding).encode("latin-1"))
    others = qualities.get(b"*", 0.0)
    wished = {coding: qualities.get(coding, others) for coding in CODINGS}
    plain = qualities.get(b"identity", 0.0)
    return sorted((coding for coding, q in wished.items() if q > 0 and q >= plain), key=lambda one: -wished[one])


def lead(request: Request) -> Response:
    """Lead a browser from the address of the server to the page; the query may be what a link shares."""
    if "text/html" in request.headers.get("accept", "").lower():
        query = request.url.query
        response: Response = RedirectResponse(f"{ENDPOINT}?{query}" if query else ENDPOINT)
    else:
        response = PlainTextResponse(f"There is nothing here. The graph is at {ENDPOINT}.\n", 404)
    response.headers["Vary"] = "Accept"
    return response


def assets(folder: Path = FOLDER) -> list[BaseRoute]:
    """Routes to what the two pages load from this server."""

    def fallback(request: Request) -> Response:
        return FileResponse(folder / request.url.path.rpartition("/")[2], headers=_headers(REVALIDATED))

    return [
        Route("/", lead),
        Route("/explorer/fallback.css", fallback),
        Route("/explorer/fallback.js", fallback),
        Mount("/explorer", _Built(directory=folder / "dist", check_dir=False)),
    ]


routes = assets()


def _headers(cache: str) -> dict[str, str]:
    return {
        "Cache-Control": cache,
        # A worker obeys the policy of its own file, not that of the page.
        "Content-Security-Policy": "default-src 'none'; script-src 'self'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def _config(personas: Sequence[Persona], areas: dict[str, list[str]], values: dict[str, str]) -> str:
    shown = [persona._asdict() for persona in personas]
    config = {"endpoint": ENDPOINT, "personas": shown, "areas": areas, "values": values}
    # Nothing in the text may end the element or begin a comment in it.
    text = json.dumps(config).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return PLACE_FOR_CONFIG.replace("{}", text)


def _policy(html: str) -> str:
    """The content security policy: this server, and the exact external files that the page names."""
    named = re.findall(r'(?:src|href)="(https://[^"]+)"', html)
    scripts = [url for url in named if url.endswith(".js")]
    styles = [url for url in named if url.endswith(".css")]
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *scripts],
        # The editors write style elements as they go.
        "style-src": ["'self'", "'unsafe-inline'", *styles],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
