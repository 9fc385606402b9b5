"""Two worlds that differ in one row which a viewer may not see give that viewer the same bytes (C8, S2, T8, W5, G1).

What is asked is made from the schema, so a new field, query or mutation is asked without being named here.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest

import application
from credentials import Credentials
from resolvers.nodes import FINDERS
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.hidden_rows import EXCEPTIONS, TOTAL, Scene, Worlds, build_scene, complete
from tests.people import World
from tests.privacy_world import SCHEMA
from tests.walk import masked, mutations, nodes, queries, subscriptions

EVENTS = {"accept": "text/event-stream"}
COUNTS = frozenset(name.split(".")[1] for names in EXCEPTIONS.values() for name, why in names.items() if why == TOTAL)
LEFT_OUT = COUNTS | {"reference", "shareUrl", "signUpUrl", "cursor", "startCursor", "endCursor"}
"""What mutations are not asked for: counts, which reads are, and what is made at random or tells the time."""
TABLES = {"ProductVariant": "product_variant", "WishlistItem": "wishlist_item", "FollowRequest": "follow_request"}
Answers = dict[tuple[str, str], bytes]
"""By viewer and document."""


class Two:
    """The scene, how to open its worlds, and what was answered in the first."""

    def __init__(self, world: World, scene: Scene) -> None:
        self.world, self.scene, self.worlds = world, scene, Worlds(world)
        self.excused = set[tuple[str, str]]()

    async def read(self, asked: Iterable[tuple[str, str]], *rows: str) -> Answers:
        """What viewers read by documents in a world with these rows."""
        found = Answers()
        await self.open(*rows)
        for name, document in asked:
            events = EVENTS if document.startswith("subscription") else {}
            found[name, document] = (await self.graph(name).send(document, events)).content
        return found

    def graph(self, name: str) -> Graph:
        person = self.scene.viewers[name]
        return person.graph if person else self.world.nobody

    async def write(self, viewers: Iterable[str], *rows: str) -> Answers:
        """What is answered to viewers who do everything, each beginning anew in a world with these rows."""
        found, given = Answers(), self.scene.hidden
        values = [value for values in (self.scene.known | given).values() for value in values]
        known = frozenset(value for value in values if isinstance(value, str))
        for name in viewers:
            await self.open(*rows)
            for document in mutations(SCHEMA, given, LEFT_OUT):
                answer = orjson.loads((await self.graph(name).send(document)).content)
                found[name, document] = orjson.dumps(masked(answer, known))
        return found

    async def open(self, *rows: str) -> None:
        """Open the first world with some rows more."""
        await self.worlds.open(*(one for row in rows for one in self.scene.rows[row]()))

    def differences(self, row: str, first: Answers, second: Answers) -> Iterator[str]:
        """Compare two worlds, exceptions aside."""
        for (viewer, document), other in second.items():
            for field, where in _differ(_parsed(first[viewer, document]), _parsed(other), "", ""):
                if field in EXCEPTIONS.get(row, {}):
                    self.excused.add((row, field))
                else:
                    yield f"{viewer} learns of {row}: {field} {where} in {document[:80]}"


def _parsed(body: bytes) -> Any:
    return orjson.loads(body) if body.startswith(b"{") else {"__typename": "Subscription", "events": body.decode()}


def _differ(one: Any, other: Any, field: str, path: str) -> Iterator[tuple[str, str]]:
    """Name the fields, by the types that they are of, where two answers part."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        kind = one.get("__typename", "")
        for name in one:
            yield from _differ(one[name], other[name], f"{kind}.{name}", f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for n, pair in enumerate(zip(one, other, strict=True)):
            yield from _differ(*pair, field, f"{path}.{n}")
    elif one != other:
        yield field, f"at {path} is {str(one)[:300]} and {str(other)[:300]}"


@pytest.fixture(scope="module")
async def two(
    empty_database_url: str, settings: Settings, credentials: Credentials, world: World
) -> AsyncIterator[Two]:
    app = application.create(settings, credentials, empty_database_url)
    async with (
        serving(app) as url,
        httpx2.AsyncClient(base_url=url, timeout=60) as http,
        asyncpg.create_pool(empty_database_url, min_size=0, max_size=2, command_timeout=300) as pool,
    ):
        app.state.database.pool = pool
        own = World(app.state.database, world.issuer, http)
        scene = await build_scene(own)
        await complete(own, scene, {name: TABLES.get(name, name.lower()) for name in FINDERS})
        made = Two(own, scene)
        await made.worlds.keep()
        yield made


async def test_reads(two: Two) -> None:
    """C8, S2, T8, W5, G1: every field, on every path from the root."""
    known = two.scene.known
    documents = [*nodes(SCHEMA, known), *queries(SCHEMA, known), *subscriptions(SCHEMA, known)]
    asked = [(name, document) for name in two.scene.viewers for document in documents]
    first = await two.read(asked)
    _full(first)
    second = await two.read(asked, *two.scene.rows)
    changed = [pair for pair in asked if first[pair] != second[pair]]
    await _compare(two, first, lambda *rows: two.read(changed, *rows), "")


async def test_writes(two: Two) -> None:
    """C8, S2, T8, G3: what everybody is answered who does everything to everything."""
    viewers = [name for name, person in two.scene.viewers.items() if person]
    first = await two.write(viewers)
    _full(first)
    second = await two.write(viewers, *two.scene.rows)
    changed = [name for name in viewers if any(first[pair] != second[pair] for pair in first if pair[0] == name)]
    await _compare(two, first, lambda *rows: two.write(changed, *rows), "Payload")


async def _compare(two: Two, first: Answers, ask: Callable[..., Awaitable[Answers]], kind: str) -> None:
    """Compare the first world with those that have a row more.

    All rows were there at once before: only what was answered otherwise then can tell of one of them, and is asked
    here. Rows without exceptions are one world, unless something differs.
    """
    two.excused.clear()
    found = [fault for row in EXCEPTIONS for fault in two.differences(row, first, await ask(row))]
    rest = [row for row in two.scene.rows if row not in EXCEPTIONS]
    if list(two.differences("any", first, await ask(*rest))):
        found += [fault for row in rest for fault in two.differences(row, first, await ask(row))]
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:20])
    needed = {(row, name) for row, names in EXCEPTIONS.items() for name in names if (kind in name) is bool(kind)}
    assert needed <= two.excused


def _full(answers: Answers) -> None:
    """Nothing was refused: otherwise refusals would be compared with refusals."""
    for (viewer, document), body in answers.items():
        if not document.startswith("subscription"):
            assert "errors" not in orjson.loads(body), f"{viewer}: {body[:500]!r} for {document[:500]}"
