"""A stand-in for Clerk at its HTTP border: an issuer with its key and JWKS address, and Svix's signatures."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any
from uuid import uuid4

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from svix.webhooks import Webhook

from auth.jwks import KeySet

ADDRESS = "/webhooks/clerk"
SESSION = "cl_B7d4PD111AAA"
TEMPLATE = "cl_B7d4PD222AAA"


class Mood(Enum):
    """How the JWKS address behaves."""

    WELL = auto()
    DOWN = auto()
    ERROR = auto()
    SLOW = auto()
    DRIPPING = auto()
    HTML = auto()
    REDIRECT = auto()
    HUGE = auto()
    NULL = auto()


class Clerk:
    """An issuer whose JWKS address is a real socket; `fetches` counts the requests that reached it."""

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.fetches = 0
        self.issuer = ""
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.more: list[Any] = []
        self.rotate("ins_first")

    @property
    def jwks_url(self) -> str:
        """Where the keys are."""
        return f"{self.issuer}/.well-known/jwks.json"

    def rotate(self, key_id: str) -> None:
        """Have one new key, and no other."""
        self.keys = {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def public(self, key_id: str) -> dict[str, Any]:
        """Give a key as the JWKS lists it."""
        key: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(self.keys[key_id].public_key()))
        return key | {"kid": key_id, "use": "sig", "alg": "RS256"}

    def token(self, subject: str = "user_1", *, key: Any = None, algorithm: str = "RS256", **changes: Any) -> str:
        """Sign a session token; changes prefixed `header_` go into its header, and None leaves something out."""
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": subject, "iat": now, "nbf": now - 10, "exp": now + 60, "sid": "sess_1"}
        header = {"kid": next(iter(self.keys)), "cat": SESSION}
        claims |= {name: value for name, value in changes.items() if not name.startswith("header_")}
        header |= {name.removeprefix("header_"): value for name, value in changes.items() if name.startswith("header_")}
        return jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key or next(iter(self.keys.values())),
            algorithm,
            {name: value for name, value in header.items() if value is not None},
        )

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Clerk"]:
        """Listen on a free port of this machine."""
        clerk = cls()
        server = await asyncio.start_server(clerk._answer, "127.0.0.1", 0)
        clerk.issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield clerk
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.fetches += 1
            if self.mood is not Mood.DOWN:
                await self._write(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _write(self, writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"keys": [*self.more, *map(self.public, self.keys)]}).encode()
        status = "200 OK"
        match self.mood:
            case Mood.ERROR:
                status = "500 Internal Server Error"
            case Mood.HTML:
                body = b"<!doctype html><h1>Welcome to the hotel's network</h1>"
            case Mood.NULL:
                body = b"null"
            case Mood.REDIRECT:
                status = f"302 Found\r\nlocation: {self.jwks_url}"
            case Mood.HUGE:
                body += b" " * 70_000
            case Mood.SLOW:
                await asyncio.sleep(1.5)
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode())
        for at in range(0, len(body), 1 if self.mood is Mood.DRIPPING else len(body)):
            writer.write(body[at : at + 1] if self.mood is Mood.DRIPPING else body)
            await writer.drain()
            if self.mood is Mood.DRIPPING:
                await asyncio.sleep(0.05)


def signed(
    secret: str, body: bytes | str, *, message_id: str | None = None, at: datetime | None = None
) -> dict[str, str]:
    """Sign a body as Svix does, and give the headers."""
    moment = at or datetime.now(UTC)
    message_id = message_id or f"msg_{uuid4().hex}"
    text = body if isinstance(body, str) else body.decode()
    return {
        "svix-id": message_id,
        "svix-timestamp": str(int(moment.timestamp())),
        "svix-signature": Webhook(secret).sign(message_id, moment, text),
        "content-type": "application/json",
    }


def user(user_id: str, *, updated_at: int, **changes: Any) -> dict[str, Any]:
    """Build a user as Clerk's events hold it; `changes` replace whole members."""
    return {
        "id": user_id,
        "object": "user",
        "first_name": "Layla",
        "last_name": "Haddad",
        "image_url": "https://img.clerk.com/layla",
        "primary_email_address_id": "idn_second",
        "email_addresses": [
            {"id": "idn_first", "email_address": "old@example.com", "verification": {"status": "verified"}},
            {"id": "idn_second", "email_address": "layla@example.com", "verification": {"status": "verified"}},
        ],
        "primary_phone_number_id": "idn_phone",
        "phone_numbers": [phone("+971501234567")],
        "public_metadata": {},
        "created_at": 1_700_000_000_000,
        "updated_at": updated_at,
        **changes,
    }


def phone(number: str, *, status: str = "verified") -> dict[str, Any]:
    """Build the primary phone of a user."""
    return {"id": "idn_phone", "phone_number": number, "verification": {"status": status, "strategy": "phone_code"}}


def event(kind: str, data: Any) -> bytes:
    """Wrap data as Clerk does."""
    envelope = {"object": "event", "type": kind, "data": data, "timestamp": int(time.time() * 1000)}
    return json.dumps(envelope).encode()


def deleted(user_id: str) -> dict[str, Any]:
    """Build what is left of a user who was deleted."""
    return {"deleted": True, "id": user_id, "object": "user"}


class Sender:
    """Svix, as it delivers Clerk's events to our server."""

    def __init__(self, http: httpx2.AsyncClient, secret: str) -> None:
        self._http = http
        self._secret = secret

    async def __call__(self, kind: str, data: Any, *, message_id: str | None = None) -> httpx2.Response:
        """Deliver an event, once."""
        body = event(kind, data)
        return await self._http.post(ADDRESS, content=body, headers=signed(self._secret, body, message_id=message_id))


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def fetched(keys: KeySet) -> None:
    """Wait for what goes on in the background."""
    if keys._fetching is not None:
        await keys._fetching
