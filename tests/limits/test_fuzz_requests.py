"""Random requests over the whole graph, and damaged ones: no 5xx, nothing private, no answer that does not come.

`FUZZ_SECONDS` says how long; `FUZZ_SEED` repeats a run that failed.
"""

import os
import time
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx2
import orjson

from models import ids
from tests.architecture.project import GRAPH
from tests.execution.writing import Writer
from tests.patience import SECONDS
from tests.people import World, word

SECONDS_TO_FUZZ = float(os.environ.get("FUZZ_SECONDS", "8"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or Random().randrange(1, 10**9)
TEXTS = (
    "", " ", "a", "%", "_", "'", '"', "\\", "--", "$1", "a" * 4_001, "\x00", "\ud800", "\u200f", "\ufeff", "\U0001fae9",
    "لي", "null", "1e400", "../..", "{}", "abc' OR 1=1", "\u0041\u030a", "İ", "ß", "00971501234567", "\u0660\u0665\u0660",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 5, 100, 101, 2**31 - 1, -(2**31), 2**31, 10**25, 1.5, 1e400)
TOKENS = (
    "{", "}", "(", ")", "[", "]", ":", "!", "$", "@", "...", "=", "|", "&", "on", "fragment", "query", "mutation",
    "subscription", "@skip(if: true)", "@include(if: $x)", '"', '"""', "#", "\n", "0", "-", "1e9", "null", "true", "__typename",
    "__schema { types { name } }", "id", "first: 100", "nodes { id }", "\ufeff", "\u0000",
)  # fmt: skip


MAY_READ = {"solver", "admin"}
"""Solvers may read the description of a ticket that waits."""


@dataclass
class Fuzzer:
    """Makes requests at random."""

    dice: Random
    pool: dict[str, list[Any]]

    def value(self, dice: Random, name: str, kind: Any) -> Any:
        """Choose a value for an argument: mostly one that finds something."""
        if dice.random() < 0.15:
            return dice.choice(TEXTS if str(kind).strip("!") not in {"Int", "Float"} else NUMBERS)
        if name in {"first", "last"}:
            return dice.choice((0, 1, 2, 5, 20, 100))
        if name == "ids" or name.endswith("Id"):
            name = "id"
        return dice.choice(self.pool[name]) if name in self.pool else None

    def document(self, name: str) -> tuple[str, dict[str, Any]]:
        """Write a document that is valid but for the values in it. An admin would give others rights."""
        kind = "mutation" if name != "admin" and self.dice.random() < 0.3 else "query"
        writer = Writer(GRAPH, self.dice, {"__schema", "__type"}, self.value, size=24, depth=5)
        return writer.operation(kind), writer.given()

    def damaged(self, text: str) -> str:
        """Cut, double, move and insert pieces."""
        for _ in range(self.dice.randint(1, 4)):
            start = self.dice.randrange(len(text) + 1)
            end = min(len(text), start + self.dice.choice((1, 2, 10, 200)))
            piece = self.dice.choice(("", text[start:end] * self.dice.choice((2, 50)), self.dice.choice(TOKENS)))
            text = text[:start] + piece + text[end:]
        return text[:25_000]

    def body(self, name: str) -> bytes:
        """Write the body of a request; half of them are as they should be."""
        query, variables = self.document(name)
        if self.dice.random() < 0.25:
            query = self.damaged(query)
        try:
            body = orjson.dumps({"query": query, "variables": variables})
        except (TypeError, orjson.JSONEncodeError):
            body = repr({"query": query, "variables": variables}).replace("'", '"').encode("utf-8", "surrogatepass")
        if self.dice.random() < 0.25:
            at = self.dice.randrange(len(body))
            junk = self.dice.choice(
                (b"\xff", b"\x00", b"[" * 99, b"9" * 999, b'"', b"}", b"\xef\xbb\xbf", b"\\ud800", b"NaN")
            )
            body = self.dice.choice((body[:at], body[:at] + junk + body[at:], junk + body, body[at:] + body[:at]))
        return body


async def test_random_requests(world: World, http: httpx2.AsyncClient) -> None:
    """As nobody, a stranger, a solver and an admin."""
    canary = f"canary{word()}"
    victim = await world.person(
        email=f"{canary}@example.com", is_private=True, show_profile=False, location=f"{canary} street"
    )
    await world.ticket(victim, description=f"{canary} is broken", email=f"{canary}@example.org")
    hidden = await world.wishlist(victim, name=f"{canary} list")
    await world.item(hidden.id, await world.variant(), note=f"{canary} note")
    people = {
        "nobody": None, "stranger": await world.person(), "solver": await world.solver(),
        "admin": await world.person(role="ADMIN"),
    }  # fmt: skip
    pool: dict[str, list[Any]] = {
        "id": [victim.id, ids.encode("Wishlist", hidden.id), "nonsense", *(one.id for one in people.values() if one)],
        "username": [victim.username, "nobody"], "term": [victim.username[:5], "ca"], "search": ["a", "canary"],
    }  # fmt: skip
    fuzzer, statuses, slowest = Fuzzer(Random(SEED), pool), Counter[int](), 0.0
    ends = time.monotonic() + SECONDS_TO_FUZZ
    while time.monotonic() < ends:
        name = fuzzer.dice.choice(list(people))
        body = fuzzer.body(name)
        person, begun = people[name], time.monotonic()
        headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
        if person:
            headers["authorization"] = f"Bearer {person.graph.token}"
        response = await http.post("/graphql", content=body, headers=headers)
        slowest = max(slowest, time.monotonic() - begun)
        statuses[response.status_code] += 1
        told = f"seed {SEED}, {name}: {body[:2000]!r} gave {response.text[:600]}"
        assert response.status_code < 500, told
        assert b'"INTERNAL"' not in response.content, told
        assert name in MAY_READ or canary not in response.text, told
        response.json()
    assert slowest < SECONDS
    assert statuses[200] > statuses.total() / 10, statuses
