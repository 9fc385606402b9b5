"""A page of products costs what it must, whatever the filter and the order are (issue: plans use indexes).

PostgreSQL can read the products that match and sort them, or read products in the order until the page is full, which
takes the more of them the fewer match. A good plan takes the shorter way, so it looks at no more products than
`min(matching, rows of a page * products / matching)`. What it reads for each of them is bounded.
"""

from typing import Any
from uuid import UUID

import pytest

from auth.viewer import Viewer
from inputs.products import ProductFilter
from loaders.pages import NO_PARENT, CountLoader, Page, PageRequest
from loaders.product_pages import Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore, sorted_pages
from tests.large import rows
from tests.large.cases import ALONE, TOGETHER, filters_of
from tests.large.explained import ExplainedReads, key

SIZE = 50
SORTS = "NEWEST", "PRICE_ASC", "PRICE_DESC", "DISCOUNT", "RATING", "POPULARITY"
BLOCKS_OF_A_PRODUCT, BLOCKS_OF_LISTINGS, FREE_BLOCKS = 20, 80, 600
INDEX_OF_PRICES = 3_000
BLOCKS_OF_EQUAL_VALUES = 21_000
BIG = {"product", "product_variant", "listing", "attribute_value", "product_search", "product_price", "price_change"}
LISTING = {"stores", "sources", "minimum", "maximum", "discount", "listing_currency", "listing_availability"}
MAX_SORTED = 2_500
"""So many products of a parent may be looked at for a rare filter."""
PARENTS: dict[str, tuple[type[Products], UUID]] = {
    "a large brand": (ProductsOfBrand, key(rows.BRAND, 1)),
    "a rare brand": (ProductsOfBrand, key(rows.BRAND, rows.BRANDS)),
    "a category at the top": (ProductsOfCategory, key(rows.CATEGORY, 1)),
    "a category below": (ProductsOfCategory, key(rows.CATEGORY, 610)),
    "a rare category": (ProductsOfCategory, key(rows.CATEGORY, sum(rows.LEVELS))),
    "a large store": (ProductsOfStore, key(rows.STORE, 1)),
    "a store": (ProductsOfStore, key(rows.STORE, 150)),
    "a rare store": (ProductsOfStore, key(rows.STORE, rows.STORES)),
}


async def count(reads: ExplainedReads, pages: Any, parent: UUID, filters: Any) -> int:
    """Count what matches."""
    return int((await CountLoader(reads, Viewer(), pages, filters).load_batch([parent]))[parent])  # type: ignore[arg-type]


def most_blocks(looked_at: float, filters: dict[str, Any], *, has_store: bool) -> float:
    """How many blocks a page may read."""
    of_each = BLOCKS_OF_LISTINGS if has_store or LISTING & filters.keys() else BLOCKS_OF_A_PRODUCT
    return FREE_BLOCKS + of_each * looked_at


async def too_much(
    reads: ExplainedReads, pages: type[Products], parent: UUID, given: ProductFilter, of_parent: int = 0
) -> list[str]:
    """Read the first page and the one after it in all orders, and tell which read too much."""
    has_store = pages is ProductsOfStore
    filters = filters_of(given, has_store=has_store)
    matching = await count(reads, pages, parent, filters)
    looked_at = max(of_parent, min(matching, (SIZE + 1) * rows.PRODUCTS / max(matching, 1)))
    most, found = most_blocks(looked_at, dict(filters), has_store=has_store), []
    for sort in SORTS:
        loader: Any = sorted_pages(pages, sort)
        after: Any = None
        for place in ("first", "second"):
            reads.plans.clear()
            page: Page = (await loader(reads, Viewer(), PageRequest(SIZE, after), filters).load_batch([parent]))[parent]
            assert len(reads.plans) == 1
            (plan,) = reads.plans
            if plan.blocks > most:
                found.append(f"{sort} {place}: {plan.blocks} blocks, at most {most:.0f}")
            if plan.scanned & BIG:
                found.append(f"{sort} {place}: all of {plan.scanned & BIG}")
            if not page.more:
                break
            after = tuple(page.position(page.rows[-1]))
    return found


@pytest.mark.parametrize("name", ALONE | TOGETHER)
async def test_pages_of_all_products(reads: ExplainedReads, name: str) -> None:
    assert await too_much(reads, Products, NO_PARENT, (ALONE | TOGETHER)[name]) == []


@pytest.mark.parametrize("sort", ["PRICE_ASC", "PRICE_DESC"])
@pytest.mark.parametrize("name", ["low prices", "most prices", "high prices", "some prices"])
async def test_prices_from_either_end(reads: ExplainedReads, name: str, sort: str) -> None:
    """The index of prices tells what cannot match, without a look at products and listings."""
    await sorted_pages(Products, sort)(reads, Viewer(), PageRequest(SIZE), filters_of(ALONE[name])).load_batch(
        [NO_PARENT]
    )  # type: ignore[arg-type]
    (plan,) = reads.plans
    assert plan.blocks < INDEX_OF_PRICES + FREE_BLOCKS


@pytest.mark.parametrize("parent", PARENTS)
async def test_pages_of_a_parent(reads: ExplainedReads, parent: str) -> None:
    pages, key_ = PARENTS[parent]
    of_parent = await count(reads, pages, key_, filters_of(ALONE["nothing"], has_store=pages is ProductsOfStore))
    for name in ("nothing", "frequent color", "high discount"):
        assert await too_much(reads, pages, key_, ALONE[name], min(of_parent, MAX_SORTED)) == [], name


@pytest.mark.parametrize("name", ["category below", "two attributes", "search for 100"])
async def test_page_among_equal_values(reads: ExplainedReads, name: str) -> None:
    """In a new shop nearly all products are equally popular, and a cursor has the value that they all have."""
    loader: Any = sorted_pages(Products, "POPULARITY")
    request = PageRequest(SIZE, after=(0, key(rows.PRODUCT, 190_000)))
    await loader(reads, Viewer(), request, filters_of(ALONE[name])).load_batch([NO_PARENT])
    (plan,) = reads.plans
    assert plan.blocks < BLOCKS_OF_EQUAL_VALUES
