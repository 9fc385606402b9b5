"""Every loader is one statement a batch, keeps the order of its keys, and gives None for the missing."""

import ast
import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import Select, exists, literal, select

from auth.viewer import Viewer, ViewerKind
from database.engine import Database
from loaders.batches import UUID_KEYS, RowLoader, RowsLoader, StatementLoader
from loaders.categories import brand
from loaders.listings import listing
from loaders.nodes import NODE_LOADERS, node_loader
from loaders.page_statements import count_statement, page_statement
from loaders.pages import ConnectionLoader, CountLoader, PageRequest
from loaders.product_pages import Products
from loaders.products import product
from loaders.stores import store
from models.customers import Role
from tests.architecture.every_loader import BATCHES, CONNECTIONS, needed, takes_text
from tests.architecture.project import FILES, GRAPH, ROOT, module
from tests.people import World

PRODUCT = [file for file in FILES if "tests" not in file.relative_to(ROOT).parts]
VIEWERS = [Viewer(), *(Viewer(uuid4(), role) for role in (Role.CUSTOMER, Role.SOLVER, Role.ADMIN))]


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda v: v.kind.name)
@pytest.mark.parametrize("loader", BATCHES, ids=lambda c: c.__name__)
async def test_a_batch_is_one_statement(loader: type[StatementLoader], viewer: Viewer, database: Database) -> None:
    keys = [f"unknown{n}" for n in range(50)] if takes_text(loader) else [uuid4() for _ in range(50)]
    reads = database.reads()
    reads.always = {"viewer": viewer.id, "currency": "AED"}
    batch = loader(reads, viewer)
    answers = await asyncio.gather(*(batch.load(key) for key in keys), batch.load(keys[0]))
    await reads.release()
    assert reads.statements == 1
    assert answers == [[] if issubclass(loader, RowsLoader) else None] * 51


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda v: v.kind.name)
@pytest.mark.parametrize("connection", CONNECTIONS, ids=lambda c: c.__name__)
async def test_pages_of_many_parents_are_one_statement(
    connection: type[ConnectionLoader], viewer: Viewer, database: Database
) -> None:
    reads = database.reads()
    reads.always = {"viewer": viewer.id, "currency": "AED"}
    filters = tuple(needed(connection, viewer.kind).items())
    pages = connection(reads, viewer, PageRequest(5), filters)
    counts = CountLoader(reads, viewer, connection, filters)
    parents = [uuid4() for _ in range(20)]
    found = await asyncio.gather(*(pages.load(key) for key in parents))
    assert reads.statements == 1
    assert [page.parent for page in found] == parents
    assert len(await asyncio.gather(*(counts.load(key) for key in parents))) == 20
    await reads.release()
    assert reads.statements == 2


def test_a_batch_that_reads_its_keys_twice_is_refused() -> None:
    """SQLAlchemy correlates a subquery with the SELECT around it, and one in that subquery no more."""

    class Sellers(RowLoader[UUID]):
        @classmethod
        def select(cls, by: ViewerKind) -> Select[Any]:
            offered = exists(select(1).where(listing.store_id == store.id, listing.source_id == UUID_KEYS))
            return select(*store).where(
                store.source_id == UUID_KEYS, exists(select(1).where(brand.id == store.id, offered))
            )

    class Anything(RowLoader[UUID]):
        @classmethod
        def select(cls, by: ViewerKind) -> Select[Any]:
            return select(*store, literal(1).label("ordinality"))

    for loader in (Sellers, Anything):
        with pytest.raises(TypeError, match=f"{loader.__name__} must read the keys exactly once"):
            loader.statement(ViewerKind.ADMIN)


def test_a_connection_that_reads_its_keys_twice_is_refused() -> None:
    class Sold(Products):
        @classmethod
        def select(cls, by: ViewerKind, parent: Any, given: frozenset[str]) -> Select[Any]:
            sold = select(1).where(listing.variant_id == product.id, listing.store_id == UUID_KEYS)
            return super().select(by, parent, given).where(sold.exists())

    for compile in (lambda: page_statement(Sold, ViewerKind.ADMIN, frozenset(), False, False, False),
                    lambda: count_statement(Sold, ViewerKind.ADMIN, frozenset())):  # fmt: skip
        with pytest.raises(TypeError, match="Sold must read the keys exactly once"):
            compile()


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
    kinds = [kind for kind in GRAPH.type_map.values() if isinstance(kind, GraphQLObjectType)]
    assert {kind.name for kind in kinds if any(i.name == "Node" for i in kind.interfaces)} == set(NODE_LOADERS)


def test_node_loaders_find_one_row() -> None:
    assert all(issubclass(finder, RowLoader) and finder.graphql_type == name for name, finder in NODE_LOADERS.items())


def test_a_node_has_one_loader() -> None:
    class Another(RowLoader[UUID]):
        graphql_type = "Product"

    with pytest.raises(TypeError, match="Another: Product has ProductById already"):
        node_loader(Another)
