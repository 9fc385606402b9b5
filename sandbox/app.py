"""The sandbox: an ASGI application, and what sends its webhooks meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from auth.secrets import RazorpayKeys
from sandbox import api, control
from sandbox.deliveries import Sender
from sandbox.store import store_of

RETRY_SECONDS = 5.0


class Sandbox:
    """Razorpay's API and Checkout for one pair of keys. Its state is a file, so several processes can serve it."""

    def __init__(
        self, folder: Path, keys: RazorpayKeys, webhook_url: str, *, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self.store = store_of(folder)
        self.sender = Sender(self.store, webhook_url, keys.webhook_secrets[0], retry_seconds)
        parts = self.store, keys, self.sender.wake
        self._app = Starlette(routes=[*api.routes(*parts), *control.routes(*parts)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send webhooks while the block runs."""
        sending = asyncio.create_task(self.sender.run())
        try:
            yield
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
