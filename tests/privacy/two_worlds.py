"""What is answered in two worlds, and where that differs."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from models import ids
from tests.architecture.every_mutation import mutations
from tests.areas import TOTAL
from tests.graph import Graph
from tests.people import World
from tests.privacy.hidden_rows import EXCEPTIONS, Scene
from tests.privacy.world import SCHEMA
from tests.privacy.world_copies import Worlds

EVENTS = {"accept": "text/event-stream"}
COUNTS = frozenset(name.split(".")[1] for names in EXCEPTIONS.values() for name, why in names.items() if why == TOTAL)
LEFT_OUT = COUNTS | {"reference", "shareUrl", "signUpUrl", "cursor", "startCursor", "endCursor"}
"""What mutations are not asked for: counts, which reads are, and what is made at random or tells the time."""
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


def masked(value: Any, known: frozenset[str]) -> Any:
    """Put a mark in place of the ids and times of what an operation made itself."""
    if isinstance(value, dict):
        return {name: masked(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, known) for one in value]
    if isinstance(value, str) and value[:3] == "202" and "T" in value:
        return "a time"
    return "a new id" if isinstance(value, str) and value not in known and ids.decode(value) else value
