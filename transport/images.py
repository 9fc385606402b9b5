"""Images that are made when they are first asked for, and then kept on disk."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from transport.image_cache import Image, ImageCache, image

Find = Callable[[str], Callable[[], bytes] | None]
"""Finds what makes the image of a path; None if there is no such image."""
MAX_CACHE_BYTES = 128 * 1024 * 1024
MAX_MADE_AT_ONCE = 2
MAX_WAITING = 200
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    # Front ends on other ports and hosts show these images, and may read their pixels.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'",
}

log = structlog.get_logger()


class TooManyWaiting(Exception):
    """As many images as may wait are waiting to be made."""


class Images:
    """Answers with images; each is made in a thread, at most `MAX_MADE_AT_ONCE` at the same time."""

    def __init__(self, folder: Path, find: Find, *, most_bytes: int = MAX_CACHE_BYTES) -> None:
        self._cache = ImageCache(folder, most_bytes)
        self._find = find
        self._slots = asyncio.Semaphore(MAX_MADE_AT_ONCE)
        self._under_way: dict[str, asyncio.Task[Image]] = {}

    @property
    def routes(self) -> list[BaseRoute]:
        """The route to all images."""
        return [Route("/images/{path:path}", self._answer)]

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        make = self._find(path)
        if make is None:
            return Response("There is no such image.", 404, media_type="text/plain")
        found = await asyncio.to_thread(self._cache.read, path)
        if found is None:
            try:
                found = await self._made(path, make)
            except TooManyWaiting:
                return Response("Too many images are waiting to be made.", 503, {"Retry-After": "1"})
        tag = f'"{found.digest}"'
        headers = HEADERS | {"ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found.content, headers=headers, media_type="image/webp")

    async def _made(self, path: str, make: Callable[[], bytes]) -> Image:
        """Make an image, once for all who ask for it at the same time."""
        task = self._under_way.get(path)
        if task is None:
            if len(self._under_way) >= MAX_WAITING:
                raise TooManyWaiting
            task = self._under_way[path] = asyncio.create_task(self._make(path, make))
            task.add_done_callback(partial(self._ended, path))
        return await asyncio.shield(task)

    def _ended(self, path: str, task: asyncio.Task[Image]) -> None:
        del self._under_way[path]
        if not task.cancelled():
            task.exception()  # asyncio would log one that nobody waits for any more

    async def _make(self, path: str, make: Callable[[], bytes]) -> Image:
        async with self._slots:
            content = await asyncio.to_thread(make)
        try:
            return await asyncio.to_thread(self._cache.write, path, content)
        except OSError as error:  # the image can be shown all the same
            log.warning("image_not_cached", error=type(error).__name__)
            return image(content)
