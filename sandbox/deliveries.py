"""Webhooks: kept in the transaction of what they report, and sent until they are taken."""

import asyncio
import hmac
import time
from contextlib import suppress
from typing import Any

import httpx2
import orjson
import structlog

from sandbox import behaviour
from sandbox.store import Books, Store, StoreUnusable, new_id

ATTEMPT_SECONDS = 5.0
MAX_PAUSE_SECONDS = 900.0
MAX_AGE_SECONDS = 24 * 3600
POLL_SECONDS = 5.0
"""How soon a process sends what another one, which has ended, left."""

log = structlog.get_logger()


def sign(body: bytes, secret: str) -> str:
    """Sign a webhook as Razorpay does."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def add(books: Books, event: dict[str, Any]) -> None:
    """Keep an event to be sent."""
    how = behaviour.read(books)
    event_id, body = new_id("evt")[4:], orjson.dumps(event)
    for _ in range(how.copies):
        books.db.execute(
            "INSERT INTO delivery (event_id, body, due, state) VALUES (?, ?, ?, ?)",
            (event_id, body, time.time(), "waiting" if how.webhooks == "send" else "held"),
        )


def release(books: Books, order: list[int] | None = None) -> int:
    """Have held webhooks sent: those of these numbers in this order, or all as they were made. Gives how many."""
    held = [
        number for (number,) in books.db.execute("SELECT number FROM delivery WHERE state = 'held' ORDER BY number")
    ]
    chosen = held if order is None else [number for number in order if number in held]
    began = time.time()
    for place, number in enumerate(chosen):
        books.db.execute(
            "UPDATE delivery SET state = 'waiting', due = ? WHERE number = ?", (began + place / 1_000, number)
        )
    return len(chosen)


def listed(books: Books) -> list[dict[str, Any]]:
    """List all webhooks, oldest first."""
    rows = books.db.execute("SELECT number, event_id, body, attempts, state FROM delivery ORDER BY number")
    return [
        {"number": number, "event_id": event_id, "event": orjson.loads(body), "attempts": attempts, "state": state}
        for number, event_id, body, attempts, state in rows
    ]


class Sender:
    """Sends webhooks one after the other."""

    def __init__(self, store: Store, url: str, secret: str, retry_seconds: float) -> None:
        self._store, self.url, self._secret, self._retry_seconds = store, url, secret, retry_seconds
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with httpx2.AsyncClient(timeout=ATTEMPT_SECONDS, trust_env=False) as http:
            while True:
                self._wake.clear()
                taken = await self._next()
                if isinstance(taken, float):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(taken):
                            await self._wake.wait()
                    continue
                await self._send(http, *taken)

    async def _next(self) -> tuple[int, str, bytes, int] | float:
        """Take the next webhook that is due, or give how long to wait, also where the file cannot be used for a while."""
        try:
            return await self._store.run(_take)
        except StoreUnusable as problem:
            log.warning("payment_sandbox_unusable", error=str(problem))
            return POLL_SECONDS

    async def _send(self, http: httpx2.AsyncClient, number: int, event_id: str, body: bytes, attempts: int) -> None:
        headers = {
            "content-type": "application/json",
            "x-razorpay-event-id": event_id,
            "x-razorpay-signature": sign(body, self._secret),
        }
        try:
            done = (await http.post(self.url, content=body, headers=headers)).is_success
        except httpx2.HTTPError:
            done = False
        pause = min(self._retry_seconds * 2 ** min(attempts - 1, 16), MAX_PAUSE_SECONDS)
        created = orjson.loads(body)["created_at"]
        state = "sent" if done else "waiting" if time.time() - created < MAX_AGE_SECONDS else "given up"
        change = "UPDATE delivery SET state = ?, due = ? WHERE number = ?", (state, time.time() + pause, number)
        with suppress(StoreUnusable):  # then it is sent once more
            await self._store.run(lambda books: books.db.execute(*change))


def _take(books: Books) -> tuple[int, str, bytes, int] | float:
    """Take the next webhook that is due, so that no other process sends it meanwhile; or give how long to wait."""
    found = books.db.execute(
        "SELECT number, event_id, body, attempts, due FROM delivery WHERE state = 'waiting' ORDER BY due, number LIMIT 1"
    ).fetchone()
    if found is None or (pause := found[4] - time.time()) > 0:
        return POLL_SECONDS if found is None else min(POLL_SECONDS, max(pause, 0.001))
    number, event_id, body, attempts, _ = found
    books.db.execute(
        "UPDATE delivery SET due = ?, attempts = attempts + 1 WHERE number = ?",
        (time.time() + 2 * ATTEMPT_SECONDS, number),
    )
    return number, event_id, body, attempts + 1
