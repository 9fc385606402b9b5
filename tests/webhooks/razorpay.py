"""Messages as Razorpay sends them, made by hand."""

import json
import time
from typing import Any
from uuid import uuid4

import httpx2

from auth.secrets import Secrets
from sandbox import entities
from sandbox.deliveries import sign

ADDRESS = "/webhooks/razorpay"


def payment(order_id: str | None, amount: Any = 10_000, currency: Any = "AED", **values: Any) -> dict[str, Any]:
    """A captured payment, of Razorpay's form."""
    return entities.payment(order_id, amount, currency, []) | {"status": "captured", "captured": True} | values


def event(kind: str, **payload: Any) -> bytes:
    """Wrap entities as Razorpay does."""
    wrapped = {name: {"entity": entity} for name, entity in payload.items()}
    body = {
        "entity": "event",
        "event": kind,
        "contains": [*payload],
        "payload": wrapped,
        "created_at": int(time.time()),
    }
    return json.dumps(body).encode()


class Sender:
    """Razorpay, as it delivers events to our server."""

    def __init__(self, http: httpx2.AsyncClient, secrets: Secrets) -> None:
        assert secrets.razorpay
        self._http, self.secret = http, secrets.razorpay.webhook_secrets[0]

    def headers(self, body: bytes, event_id: str | None = None) -> dict[str, str]:
        """Sign a body."""
        id = event_id or uuid4().hex[:14]
        return {"x-razorpay-signature": sign(body, self.secret), "x-razorpay-event-id": id}

    async def __call__(self, body: bytes, event_id: str | None = None) -> httpx2.Response:
        """Deliver a message, once."""
        return await self._http.post(ADDRESS, content=body, headers=self.headers(body, event_id))
