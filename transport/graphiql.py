"""GraphiQL: the page at the graph's address, and its files."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "explorer"
ENDPOINT = "/graphql"
PLACE_FOR_CONFIG = '<script type="application/json" id="clientele-config">{}</script>'

HASHED = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"


class Persona(NamedTuple):
    """A customer whom a developer may sign in as, with a development token."""

    username: str
    description: str
    token: str


def page(personas: Sequence[Persona], folder: Path = FOLDER) -> Response:
    """The built page, or the one from a CDN where `explorer/` was never built."""
    built = folder / "dist" / "index.html"
    html = (built if built.is_file() else folder / "fallback.html").read_text(encoding="utf-8")
    return HTMLResponse(
        html.replace(PLACE_FOR_CONFIG, _config(personas), 1),
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
        response = await super().get_response(path, scope)
        response.headers.update(_headers(HASHED if path.startswith("assets") else REVALIDATED))
        return response


def assets(folder: Path = FOLDER) -> list[BaseRoute]:
    """Routes to what the two pages load from this server."""

    def fallback(request: Request) -> Response:
        return FileResponse(folder / request.url.path.rpartition("/")[2], headers=_headers(REVALIDATED))

    return [
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


def _config(personas: Sequence[Persona]) -> str:
    config = {"endpoint": ENDPOINT, "personas": [persona._asdict() for persona in personas]}
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
