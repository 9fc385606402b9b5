"""The sandbox on a real socket in a thread of its own, and what tests ask of it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import httpx2
import uvicorn

from auth.secrets import RazorpayKeys
from sandbox.app import Sandbox
from tests.patience import SECONDS

RETRY_SECONDS = 0.1
RUNNING: list["SandboxServer"] = []
"""That of the running server, for what makes rows without fixtures."""


class SandboxServer:
    """Razorpay, as far as the server under test can see."""

    def __init__(self, folder: Path, keys: RazorpayKeys, bound: socket, server: str = "") -> None:
        self.keys = keys
        self.url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        self.sandbox = Sandbox(folder, keys, "", retry_seconds=RETRY_SECONDS)
        self._bound = bound
        self.send_to(server)

    def send_to(self, server: str) -> None:
        """Send webhooks to the server at this address from now on."""
        self.sandbox.sender.url = f"{server}/webhooks/razorpay"

    @contextmanager
    def running(self) -> Iterator["SandboxServer"]:
        """Serve in a thread with a loop of its own, so that a test may block its own."""
        config = uvicorn.Config(
            self.sandbox, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        started = threading.Event()

        async def serve() -> None:
            async with self.sandbox.running():
                serving = asyncio.create_task(server.serve(sockets=[self._bound]))
                while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.005)
                started.set()
                await serving
                await asyncio.sleep(0.1)  # in which closed connections end

        thread = threading.Thread(target=asyncio.run, args=[serve()], daemon=True)
        thread.start()
        try:
            assert started.wait(SECONDS)
            RUNNING.append(self)
            yield self
        finally:
            RUNNING[:] = [one for one in RUNNING if one is not self]
            server.should_exit = True
            thread.join(SECONDS)

    async def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        """Send a request with the right key."""
        auth = (self.keys.key_id, self.keys.key_secret)
        async with httpx2.AsyncClient(base_url=self.url, timeout=SECONDS, trust_env=False) as http:
            return await http.request(method, path, json=body, **{"auth": auth} | options)

    async def do(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that succeeds."""
        answer = await self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def behave(self, **behaviour: Any) -> None:
        """Behave like this from now on, and well in all that is not named."""
        await self.do("PUT", "/behaviour", behaviour)

    async def pay(self, order_id: str, outcome: str = "captured", **how: Any) -> dict[str, Any]:
        """Pay an order, and give what Checkout gives to the page."""
        given = {"key": self.keys.key_id, "order_id": order_id, "outcome": outcome, **how}
        return await self.do("POST", "/checkout", given)  # type: ignore[no-any-return]

    async def move(self, payment_id: str, status: str) -> dict[str, Any]:
        """Give a payment another status, such as days later."""
        return await self.do("POST", f"/payments/{payment_id}", {"status": status})  # type: ignore[no-any-return]

    async def books(self) -> dict[str, list[dict[str, Any]]]:
        """Give all orders, payments and refunds, newest first."""
        return await self.do("GET", "/books")  # type: ignore[no-any-return]

    async def webhooks(self, event: str | None = None) -> list[dict[str, Any]]:
        """List webhooks, oldest first."""
        return [one for one in await self.do("GET", "/webhooks") if event is None or one["event"]["event"] == event]

    async def release(self, numbers: list[int] | None = None) -> int:
        """Have held webhooks sent."""
        return (await self.do("POST", "/webhooks/release", {"numbers": numbers}))["released"]  # type: ignore[no-any-return]

    async def delivered(self) -> None:
        """Wait until no webhook waits to be sent."""
        async with asyncio.timeout(SECONDS):
            while any(one["state"] == "waiting" for one in await self.webhooks()):  # noqa: ASYNC110 - in another thread
                await asyncio.sleep(0.02)
