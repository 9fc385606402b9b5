"""P4: every filter and every order give what plain Python gives, forward and backward, for one parent and for many."""

from collections.abc import AsyncIterator, Callable
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from auth.viewer import Viewer
from database.engine import Database
from database.urls import plain_url
from inputs.products import ProductFilter
from loaders.pages import NO_PARENT, CountLoader, Filters, Page, PageRequest
from loaders.product_pages import Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore, sorted_pages
from resolvers import product_filters
from tests.product_pages.reference import OWN, Catalogue, Product, in_order
from tests.product_pages.saving import save

COUNT, FILTERS, SIZE = 300, 24, 7
SORTS = "NEWEST", "PRICE_ASC", "PRICE_DESC", "RATING", "POPULARITY", "DISCOUNT"
ALL = PageRequest(COUNT)


class Asking:
    """Loads pages of the catalogue, each in a request of its own."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self.database, self.catalogue = database, catalogue

    async def load(self, make: Any, parents: list[UUID], *arguments: Any) -> list[Any]:
        """Load for all parents in one statement."""
        reads = self.database.reads()
        reads.always = {"viewer": None, "currency": OWN}
        try:
            loader = make(reads, Viewer(), *arguments)
            found = await loader.load_batch(parents)
            assert reads.statements == 1
            return [found[parent] for parent in parents]
        finally:
            await reads.release()


@pytest.fixture(scope="module")
async def asking(empty_database_url: str) -> AsyncIterator[Asking]:
    catalogue = Catalogue(Random(11))
    catalogue.draw(COUNT)
    connection = await asyncpg.connect(plain_url(empty_database_url))
    async with connection.transaction():
        await save(catalogue, connection)
    await connection.execute("ANALYZE")
    await connection.close()
    database = await Database.connect(empty_database_url, size=2, statement=60, lock=2, wait=5)
    yield Asking(database, catalogue)
    await database.close()


def parents_of(pages: type[Products], catalogue: Catalogue) -> dict[UUID, Callable[[Product], bool]]:
    """The parents, and whether a product belongs to each."""

    def below(root: UUID) -> Callable[[Product], bool]:
        known = catalogue.below(root)
        return lambda one: one.category in known

    def of_brand(key: UUID) -> Callable[[Product], bool]:
        return lambda one: one.brand == key

    if pages is ProductsOfBrand:
        return {key: of_brand(key) for key in catalogue.brands}
    if pages is ProductsOfCategory:
        return {key: below(key) for key in catalogue.parents}
    if pages is ProductsOfStore:
        return dict.fromkeys(catalogue.stores, lambda _: True)  # `meets` looks at the store
    return {NO_PARENT: lambda _: True}


def ids_of(page: Page) -> list[UUID]:
    return [row["id"] for row in page.rows]


async def walked(asking: Asking, pages: type[Products], parent: UUID, filters: Filters, *, back: bool) -> list[UUID]:
    """Go from page to page by the values that cursors have."""
    found: list[UUID] = []
    request = PageRequest(SIZE, backward=back)
    while True:
        (page,) = await asking.load(pages, [parent], request, filters)
        found = [*ids_of(page), *found] if back else [*found, *ids_of(page)]
        if not (page.has_previous_page if back else page.has_next_page):
            return found
        position = tuple(page.position(page.rows[0 if back else -1]))
        request = PageRequest(SIZE, before=position, backward=True) if back else PageRequest(SIZE, after=position)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("rows", [Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore])
async def test_as_the_reference(asking: Asking, rows: type[Products], sort: str) -> None:
    catalogue, pages = asking.catalogue, sorted_pages(rows, sort)
    parents = parents_of(rows, catalogue)
    hits = 0
    for number in range(FILTERS):
        given = ProductFilter() if number == 0 else catalogue.filter()
        filters = product_filters.read(given, OWN, has_store=rows is ProductsOfStore)
        currency = given.currency_code or OWN
        expected = {}
        for parent, belongs in parents.items():
            store = parent if rows is ProductsOfStore else None
            mine = [one for one in catalogue.products if belongs(one) and catalogue.meets(one, given, store)]
            expected[parent] = in_order(mine, sort, currency)
        keys = list(parents)
        assert [ids_of(page) for page in await asking.load(pages, keys, ALL, filters)] == list(expected.values()), given
        counts = await asking.load(CountLoader, keys, pages, filters)
        assert counts == [len(one) for one in expected.values()]
        longest = max(keys, key=lambda key: len(expected[key]))
        (alone,) = await asking.load(pages, [longest], ALL, filters)
        assert ids_of(alone) == expected[longest]
        if number % 4 == 0:
            for back in (False, True):
                assert await walked(asking, pages, longest, filters, back=back) == expected[longest], given
        hits += len(expected[longest]) > SIZE
    assert hits > FILTERS / 4


async def test_each_filter_narrows(asking: Asking) -> None:
    """Alone, each leaves some out and finds some: else the comparison would prove nothing of it."""
    catalogue, seen = asking.catalogue, set[str]()
    for _ in range(2_000):
        given = {name: value for name, value in vars(catalogue.filter()).items() if value is not None}
        for name, value in given.items():
            alone = ProductFilter(**{name: value})
            found = sum(catalogue.meets(one, alone) for one in catalogue.products)
            if 0 < found < len(catalogue.products):
                seen.add(name)
    assert seen == set(vars(ProductFilter())) - {"currency_code"}
