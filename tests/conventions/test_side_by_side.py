"""Several parents whose rows are read with plans of their own: by few statements, with the same answers as by LATERAL."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from auth.viewer import Viewer, ViewerKind
from database.engine import MAX_KEPT_CHARACTERS, Database
from loaders import side_by_side
from loaders.page_statements import page_statement
from loaders.pages import CountLoader, PageRequest
from loaders.product_pages import Products, ProductsOfBrand, ProductsOfCategory, sorted_pages
from loaders.side_by_side import MAX_SELECTS, for_parents
from tests.conventions.test_many_and_alone import plain
from tests.people import World

POPULAR: Any = sorted_pages(ProductsOfCategory, "POPULARITY")


def made(connection: Any, parents: int, given: frozenset[str] = frozenset()) -> str:
    """Give the SQL for so many parents."""
    return for_parents(
        lambda alone: page_statement(connection, ViewerKind.ANONYMOUS, given, 0, 0, False, None, alone), parents, ["id"]
    ).sql


def test_there_are_few_statements() -> None:
    """One for each power of two, so that clients cannot have ever new ones compiled and kept."""
    texts = {parents: made(POPULAR, parents) for parents in range(1, 3 * MAX_SELECTS)}
    assert len(set(texts.values())) == 2 + MAX_SELECTS.bit_length() - 1
    assert texts[3] == texts[4] != texts[5]
    for parents, text in texts.items():
        assert text.count("category_tree(") == (1 if parents > MAX_SELECTS else 1 << (parents - 1).bit_length())


@pytest.mark.parametrize(("connection", "given"), [(ProductsOfBrand, frozenset()), (Products, frozenset({"search"}))])
def test_others_stay_one_select(connection: Any, given: frozenset[str]) -> None:
    """Those with one plan for any values, and lists that have no parent."""
    assert "UNION ALL" not in made(connection, 5, given)


async def loaded(database: Database, make: Any, keys: list[UUID], *arguments: Any) -> list[Any]:
    """Load in a request of its own, by one statement."""
    reads = database.reads()
    reads.always = {"viewer": None, "currency": "AED"}
    found = await make(reads, Viewer(), *arguments).load_batch(keys)
    await reads.release()
    assert reads.statements == 1
    return [plain(found[key]) for key in keys]


@pytest.mark.parametrize("sort", ["NEWEST", "PRICE_ASC", "RATING", "POPULARITY"])
@pytest.mark.parametrize("count", [2, 5, MAX_SELECTS, MAX_SELECTS + 1])
async def test_all_ways_give_the_same(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch, count: int, sort: str
) -> None:
    """With parents that have rows in both parts of an order, and others that have none."""
    keys = [uuid4() for _ in range(count)]
    for parent in keys[:2]:
        await world.execute(
            "INSERT INTO category (id, name, slug, position) VALUES ($1, 'Some', $2, 0)", parent, parent.hex
        )
        for price in (None, 300, 100):
            product = await world.product(category_id=parent)
            if price:
                await world.listing(await world.variant(product_id=product.id), price_minor=price, currency="AED")
    pages: Any = sorted_pages(ProductsOfCategory, sort)
    for request in (PageRequest(2), PageRequest(10), PageRequest(2, backward=True)):
        found = await loaded(database, pages, keys, request)
        assert found == [(await loaded(database, pages, [key], request))[0] for key in keys[:3]] + found[3:]
        assert all(len(page) > 2 for page in found[:2])
        assert found[2:] == [[False, False]] * (count - 2)
        with monkeypatch.context() as patch:
            patch.setattr(side_by_side, "MAX_SELECTS", 1)
            assert await loaded(database, pages, keys, request) == found
    assert await loaded(database, CountLoader, keys, pages, ()) == [3, 3] + [0] * (count - 2)


async def test_long_statements_are_not_kept(database: Database) -> None:
    """Those for two parents are, those for fifty would fill the memory of the server."""
    for count in (2, 50):
        await loaded(database, POPULAR, [uuid4() for _ in range(count)], PageRequest(2))
    async with database.connections.connection() as connection:
        kept = [row[0] for row in await connection.fetch("SELECT statement FROM pg_prepared_statements")]
    assert any("UNION ALL" in sql for sql in kept)
    assert all(len(sql) <= MAX_KEPT_CHARACTERS for sql in kept)
