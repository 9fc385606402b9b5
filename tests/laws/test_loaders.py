"""Every loader is one statement a batch, keeps the order of its keys, and gives None for the missing."""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLObjectType

import loaders
from auth import Standing, Viewer
from database import Database, Statement
from loaders.batches import Batch, Many, One
from loaders.pages import Connected, Counted, Window, paged
from models.customers import Role
from tests.laws.house import FILES, GRAPH, ROOT, module
from tests.people import World

for file in (ROOT / "loaders").glob("[a-z]*.py"):
    __import__(f"{loaders.__name__}.{file.stem}")


def below(kind: type) -> Iterator[type]:
    """All classes under one, those that are meant to be subclassed left out."""
    for sub in kind.__subclasses__():
        if sub.__module__ not in {"loaders.batches", "loaders.pages"} and not sub.__name__.startswith("_"):
            yield sub
        yield from below(sub)


BATCHES = list(dict.fromkeys(below(Batch)))
CONNECTIONS = list(dict.fromkeys(below(Connected)))
PRODUCT = [file for file in FILES if "tests" not in file.relative_to(ROOT).parts]
VIEWERS = [Viewer(), *(Viewer(uuid4(), role) for role in (Role.CUSTOMER, Role.SOLVER, Role.ADMIN))]


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda v: v.standing.name)
@pytest.mark.parametrize("loader", BATCHES, ids=lambda c: c.__name__)
async def test_a_batch_is_one_statement(loader: type[Batch], viewer: Viewer, database: Database) -> None:
    words = "UUID[]" not in loader.statement(viewer.standing).sql
    keys = [f"unknown{n}" for n in range(50)] if words else [uuid4() for _ in range(50)]
    reads = database.reads()
    reads.always = {"viewer": viewer.id, "currency": "AED"}
    batch = loader(reads, viewer)
    answers = await asyncio.gather(*(batch.load(key) for key in keys), batch.load(keys[0]))
    await reads.release()
    assert reads.statements == 1
    assert answers == [[] if issubclass(loader, Many) else None] * 51


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda v: v.standing.name)
@pytest.mark.parametrize("connection", CONNECTIONS, ids=lambda c: c.__name__)
async def test_pages_of_many_parents_are_one_statement(
    connection: type[Connected], viewer: Viewer, database: Database
) -> None:
    reads = database.reads()
    reads.always = {"viewer": viewer.id, "currency": "AED"}
    filters = tuple(needed(connection, viewer.standing))
    pages = connection(reads, viewer, Window(5), filters)
    counts = Counted(reads, viewer, connection, filters)
    parents = [uuid4() for _ in range(20)]
    found = await asyncio.gather(*(pages.load(key) for key in parents))
    assert reads.statements == 1
    assert [page.parent for page in found] == parents
    assert len(await asyncio.gather(*(counts.load(key) for key in parents))) == 20
    await reads.release()
    assert reads.statements == 2


def needed(connection: type[Connected], by: Standing) -> list[tuple[str, Any]]:
    """The parameters that a connection cannot do without, each with some value."""
    statement: Statement = paged(connection, by, frozenset(), False, False, False)
    known = {*statement.values, "keys", "size", "viewer", "currency"}
    numbers = {name for place, name in enumerate(statement.names, 1) if f"${place}::INTEGER" in statement.sql}
    return sorted({(name, 1 if name in numbers else "x") for name in statement.names if name not in known})


async def test_order_is_kept(world: World) -> None:
    people = [await world.person() for _ in range(3)]
    from loaders.customers import CustomerById

    reads = world.database.reads()
    reads.always = {"viewer": None, "currency": "AED"}
    keys = [people[2].key, people[0].key, uuid4(), people[1].key]
    rows = await CustomerById(reads, Viewer()).load_many(keys)
    await reads.release()
    assert [row and row["id"] for row in rows] == [keys[0], keys[1], None, keys[3]]


@pytest.mark.parametrize("file", PRODUCT, ids=module)
def test_nothing_is_put_into_a_loader(file: Path) -> None:
    """What a loader knows it has found under its own policy: a row seen by other rights would be shown by them."""
    names = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)]
    assert not [node.lineno for node in names if node.attr == "prime"]


def test_every_node_can_be_found_by_its_id() -> None:
    from resolvers.nodes import FINDERS

    kinds = [kind for kind in GRAPH.type_map.values() if isinstance(kind, GraphQLObjectType)]
    assert {kind.name for kind in kinds if any(i.name == "Node" for i in kind.interfaces)} == set(FINDERS)


def test_finders_find_one() -> None:
    from resolvers.nodes import FINDERS

    assert all(issubclass(finder, One) and finder.graphql_type == name for name, finder in FINDERS.items())
