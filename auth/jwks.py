"""The public keys of token issuers: fetched rarely, kept while the issuer is unreachable, fetched once at a time."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import httpx2
import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

import errors

FRESH_SECONDS = 300
STALE_SECONDS = 24 * 60 * 60
COOLDOWN_SECONDS = 30
FETCH_SECONDS = 2.0
BYTES = 64 * 1024
WEAKEST_BITS = 2048

log = structlog.get_logger()


class Keys(Protocol):
    """Where a verifier finds the keys of one issuer."""

    def known(self, key_id: str) -> RSAPublicKey | None:
        """Give a key that is trusted just now, without waiting."""

    async def find(self, key_id: str) -> RSAPublicKey | None:
        """Give a key, asking the issuer where that is due; `errors.Unavailable` where no key at all is known."""

    async def close(self) -> None:
        """Stop what runs in the background."""


class FixedKeys:
    """Keys that never change: those of the development issuer."""

    def __init__(self, keys: Mapping[str, RSAPublicKey]) -> None:
        self._keys = dict(keys)

    def known(self, key_id: str) -> RSAPublicKey | None:
        """Give a key that is trusted just now, without waiting."""
        return self._keys.get(key_id)

    async def find(self, key_id: str) -> RSAPublicKey | None:
        """Give a key; there is no issuer to ask for more."""
        return self._keys.get(key_id)

    async def close(self) -> None:
        """Nothing runs in the background."""


class KeySet:
    """The keys at a JWKS address. Whatever happens, the address is asked at most once in `COOLDOWN_SECONDS`."""

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic, timeout: float = FETCH_SECONDS) -> None:
        self._url = url
        self._now = now
        self._timeout = timeout
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self.failures = 0
        """How many fetches have failed."""

    @property
    def age(self) -> float:
        """For how many seconds its keys have been known; infinite if they were never fetched."""
        return self._now() - self._fetched_at

    def known(self, key_id: str) -> RSAPublicKey | None:
        """Give a key that is trusted just now; old ones are refreshed in the background."""
        age = self._now() - self._fetched_at
        if age >= FRESH_SECONDS:
            self._fetch_if_allowed()
        return self._keys.get(key_id) if age < STALE_SECONDS else None

    async def find(self, key_id: str) -> RSAPublicKey | None:
        """Give a key, asking the issuer where that is due; `errors.Unavailable` where no key at all is known."""
        key = self.known(key_id)
        if key is None:
            fetching = self._fetch_if_allowed()
            if fetching is not None:
                await asyncio.shield(fetching)  # it serves others too: one caller that leaves must not end it
            key = self.known(key_id)
        if key is None and self._now() - self._fetched_at >= STALE_SECONDS:
            message = "The issuer of this token cannot be asked for its keys just now; try again in a moment."
            raise errors.Unavailable(message, reason="issuer_unreachable")
        return key

    async def close(self) -> None:
        """Stop what runs in the background."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _fetch_if_allowed(self) -> asyncio.Task[None] | None:
        """Give the fetch that is under way, or begin one unless the last was begun too short a time ago."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        if self._now() - self._tried_at < COOLDOWN_SECONDS:
            return None
        self._tried_at = self._now()
        self._fetching = asyncio.create_task(self._fetch(), name="jwks")
        return self._fetching

    async def _fetch(self) -> None:
        try:
            async with await asyncio.to_thread(_client) as client, asyncio.timeout(self._timeout):
                found = usable(await _download(client, self._url))
        except Exception as error:  # noqa: BLE001 - whatever it is, the last good keys go on being used
            self.failures += 1
            log.warning(
                "jwks_not_fetched",
                url=self._url,
                error=type(error).__name__,
                reason=str(error)[: errors.MAX_ECHO_CHARS],
            )
            return
        same = {key_id: old for key_id, old in self._keys.items() if found.get(key_id) == old}
        self._keys = found | same  # a key that has not changed stays the same object, see auth.tokens.Verifier
        self._fetched_at = self._now()


def _client() -> httpx2.AsyncClient:
    """Make a client; reading the trusted certificates takes too long for the loop."""
    plain = {"accept": "application/json", "accept-encoding": "identity"}
    return httpx2.AsyncClient(follow_redirects=False, headers=plain)


async def _download(client: httpx2.AsyncClient, url: str) -> bytes:
    """Read what a small and honest JWKS address answers; ValueError for anything else."""
    async with client.stream("GET", url) as response:
        if response.status_code != httpx2.codes.OK:
            message = f"status {response.status_code}"
            raise ValueError(message)
        body = b""
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > BYTES:
                message = f"more than {BYTES} bytes"
                raise ValueError(message)
    return body


def usable(body: bytes) -> dict[str, RSAPublicKey]:
    """Take the RSA signature keys out of a JWKS by their ids; ValueError where there is none."""
    document: Any = orjson.loads(body)
    listed = document.get("keys") if isinstance(document, dict) else None
    keys = {}
    for jwk in listed if isinstance(listed, list) else ():
        key = _signature_key(jwk) if isinstance(jwk, dict) else None
        if key is not None:
            keys[jwk["kid"]] = key
    if not keys:
        message = "no RSA signature key in it"
        raise ValueError(message)
    return keys


def _signature_key(jwk: dict[str, Any]) -> RSAPublicKey | None:
    """Read a public RSA key that is meant for RS256 signatures; anything else is not for us."""
    operations = jwk.get("key_ops") or ["verify"]
    named = isinstance(jwk.get("kid"), str) and jwk["kid"] != ""
    meant = jwk.get("use", "sig") == "sig" and jwk.get("alg", "RS256") == "RS256"
    if not (named and meant and isinstance(operations, list) and "verify" in operations):
        return None
    if jwk.get("kty") != "RSA" or "d" in jwk:
        return None
    try:
        key = RSAAlgorithm.from_jwk({name: jwk[name] for name in ("kty", "n", "e")})
    except (InvalidKeyError, KeyError, ValueError, TypeError, AttributeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= WEAKEST_BITS else None
