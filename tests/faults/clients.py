"""Clients that know what they were told: done, refused, not done, or nothing certain."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from time import monotonic
from typing import Any

import httpx2

from tests.faults.servers import Servers
from tests.patience import SECONDS
from tests.people import word
from tests.webhooks.clerk import ADDRESS, event, signed

PAUSE = 0.05
DUPLICATES = 0.1
"""How many acknowledged requests are sent once more."""
UNKNOWN = "unknown"
"""What `extensions.committed` says if it is neither true nor false. Without it, nothing was begun."""
TEMPORARY = {"UNAVAILABLE", "TIMEOUT"}
"""What outages may be answered with."""


class Outcome(Enum):
    """What an answer says about the write."""

    DONE = auto()
    REFUSED = auto()
    NOT_DONE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Answer:
    """An answer to a mutation, and the payload if it was done or refused."""

    outcome: Outcome
    payload: Any = None

    @property
    def done(self) -> bool:
        return self.outcome is Outcome.DONE


@dataclass
class Clients:
    """What all clients of a run share: their connections, and what they were told."""

    servers: Servers
    random: random.Random
    secret: str
    http: httpx2.AsyncClient
    attempted: int = 0
    acknowledged: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)
    """Answers that no fault excuses."""
    slowest: float = 0
    """Seconds of the slowest answer."""

    async def mutate(self, token: str | None, verb: str, fields: str, **values: Any) -> Answer:
        """Send a mutation once, to any server."""
        name = verb[0].upper() + verb[1:]
        query = f"mutation ($input: {name}Input!) {{ {verb}(input: $input) {{ {fields} userErrors {{ __typename message }} }} }}"
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = await self._post("/graphql", headers, json={"query": query, "variables": {"input": values}})
        return Answer(Outcome.UNKNOWN) if answer is None else self._read(verb, answer)

    async def keyed(
        self, token: str | None, verb: str, fields: str, key: str | None = None, /, **values: Any
    ) -> Answer:
        """Send a mutation with an idempotency key until it is answered, and sometimes once more after that."""
        key = key or word()

        async def once() -> Answer:
            return await self.mutate(token, verb, fields, idempotencyKey=key, **values)

        first = await _until_answered(once)
        if first.done and self.random.random() < DUPLICATES:
            again = await _until_answered(once)
            if again != first:
                self.mistakes.append(f"{verb} with the key of {first} gave {again}")
        return first

    async def deliver(self, kind: str, data: Any) -> None:
        """Deliver an event as Svix does: again and again until it is taken, and sometimes once more."""
        body, message_id = event(kind, data), f"msg_{word()}"

        async def once() -> Answer:
            headers = signed(self.secret, body, message_id=message_id)
            answer = await self._post(ADDRESS, headers, content=body)
            if answer is None or answer.status_code == 503:
                return Answer(Outcome.UNKNOWN)
            if answer.status_code != 200:
                self.mistakes.append(f"{kind}: {answer.status_code} {answer.text[:300]}")
                return Answer(Outcome.UNKNOWN)
            self.acknowledged += 1
            return Answer(Outcome.DONE, answer.status_code)

        await _until_answered(once)
        if self.random.random() < DUPLICATES:
            await _until_answered(once)

    async def _post(self, path: str, headers: dict[str, str], **body: Any) -> httpx2.Response | None:
        address = self.servers.address(self.random)
        if address is None:
            return None
        self.attempted += 1
        began = monotonic()
        try:
            answer = await self.http.post(address + path, headers=headers, **body)
        except httpx2.TransportError as error:
            self.codes[type(error).__name__] += 1
            return None
        self.slowest = max(self.slowest, monotonic() - began)
        return answer

    def _read(self, verb: str, answer: httpx2.Response) -> Answer:
        try:
            content = answer.json()
        except ValueError:
            self.mistakes.append(f"{verb}: {answer.status_code} {answer.text[:300]}")
            return Answer(Outcome.UNKNOWN)
        if errors := content.get("errors"):
            return self._read_errors(verb, errors)
        payload = content["data"][verb]
        self.acknowledged += 1
        return Answer(Outcome.REFUSED if payload["userErrors"] else Outcome.DONE, payload)

    def _read_errors(self, verb: str, errors: list[Any]) -> Answer:
        extensions = errors[0].get("extensions", {})
        code, committed = extensions.get("code"), extensions.get("committed")
        self.codes[str(code)] += 1
        may_be_stored = committed in {True, UNKNOWN}
        if code not in TEMPORARY or (may_be_stored and extensions.get("retryable")):
            self.mistakes.append(f"{verb}: {errors}"[:500])
        if committed is True:
            self.acknowledged += 1
            return Answer(Outcome.DONE)
        return Answer(Outcome.UNKNOWN if committed == UNKNOWN else Outcome.NOT_DONE)


async def _until_answered(once: Callable[[], Awaitable[Answer]]) -> Answer:
    async with asyncio.timeout(SECONDS):
        while True:
            answer = await once()
            if answer.payload is not None:
                return answer
            await asyncio.sleep(PAUSE)
