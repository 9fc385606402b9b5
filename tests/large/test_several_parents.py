"""Several lists of products in one operation cost what they cost one by one."""

from functools import partial
from typing import Any

import pytest

from auth.viewer import Viewer
from loaders.pages import CountLoader, PageRequest
from loaders.product_pages import Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore, sorted_pages
from tests.large import rows
from tests.large.cases import ALONE, filters_of
from tests.large.explained import ExplainedReads, key

PARENTS: dict[str, tuple[type[Products], int, range]] = {
    "small brands": (ProductsOfBrand, rows.BRAND, range(rows.BRANDS - 9, rows.BRANDS + 1)),
    "brands of all sizes": (ProductsOfBrand, rows.BRAND, range(1, rows.BRANDS, 50)),
    "categories at the top": (ProductsOfCategory, rows.CATEGORY, range(1, 11)),
    "categories below": (ProductsOfCategory, rows.CATEGORY, range(700, 710)),
    "small stores": (ProductsOfStore, rows.STORE, range(rows.STORES - 9, rows.STORES + 1)),
}
FREE_BLOCKS = 600
MAX_BLOCKS_OF_MANY = 400_000
"""What a hundred categories have is read once. By the index of the order it would be 12,000,000 blocks."""


async def blocks(loader: Any, keys: list[Any]) -> int:
    loader.reads.plans.clear()
    await loader.load_batch(keys)
    (plan,) = loader.reads.plans
    return int(plan.blocks)


@pytest.mark.parametrize("sort", ["NEWEST", "PRICE_ASC", "POPULARITY"])
@pytest.mark.parametrize("name", PARENTS)
async def test_several_parents(reads: ExplainedReads, name: str, sort: str) -> None:
    rows_of, kind, numbers = PARENTS[name]
    keys = [key(kind, number) for number in numbers]
    pages: Any = sorted_pages(rows_of, sort)
    for condition in ("nothing", "frequent color"):
        filters = filters_of(ALONE[condition], has_store=rows_of is ProductsOfStore)
        for make in (partial(pages, reads, Viewer(), PageRequest(10)), partial(CountLoader, reads, Viewer(), pages)):  # type: ignore[arg-type]
            alone = sum([await blocks(make(filters), [one]) for one in keys])
            assert await blocks(make(filters), keys) <= 1.1 * alone + FREE_BLOCKS


async def test_more_than_have_plans_of_their_own(reads: ExplainedReads) -> None:
    """A hundred small categories."""
    keys = [key(rows.CATEGORY, number) for number in range(311, 1311, 10)]
    pages: Any = sorted_pages(ProductsOfCategory, "PRICE_ASC")
    made = pages(reads, Viewer(), PageRequest(10), filters_of(ALONE["frequent color"]))
    assert await blocks(made, keys) < MAX_BLOCKS_OF_MANY
