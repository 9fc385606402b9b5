"""Counts, searches, facets, prices and wishlists cost what they must with 200,000 products."""

import json
from typing import Any

import pytest

from auth.viewer import Viewer
from loaders.categories import BrandById, CategoriesByParent, CategoryById
from loaders.facet_counts import MAX_COUNTED
from loaders.facets import FacetLoader
from loaders.listings import ListingsByVariant
from loaders.pages import NO_PARENT, CountLoader, PageRequest
from loaders.price_history import PriceHistoryByVariant
from loaders.prices import BestListingByProduct, BestListingByVariant, LowestPriceByVariant, PriceRangeByProduct
from loaders.product_pages import Products, ProductsOfCategory, RankedProducts, sorted_pages
from loaders.products import FeaturedImageByProduct, ProductById, VariantById, VariantsByProduct
from loaders.wishlists import ItemsByWishlist
from tests.large import rows
from tests.large.cases import ALONE, TOGETHER, filters_of
from tests.large.explained import ExplainedReads, Plan, key
from tests.large.test_product_pages import BIG

FREE_BLOCKS = 600
ALL_BLOCKS = 50_000
"""Those of products, variants and listings together."""
MATCHING = {
    "nothing": 200_000, "search for 100": 100, "search for 10,000": 10_000, "search for 150,000": 150_000,
    "rare brand": 20, "rare category": 20, "rare tag": 10, "rare attribute": 20, "rare store": 20,
}  # fmt: skip
RANKED, BLOCKS_OF_A_RANKED = 10_000, 6
BLOCKS_OF_FACETS = 200_000
"""Where a product is looked up by its id, that is four blocks."""


async def run(loader: Any, keys: list[Any]) -> list[Any]:
    """Load, and give the plans."""
    loader.reads.plans.clear()
    found = await loader.load_batch(keys)
    assert found.keys() == set(keys)
    plans: list[Plan] = list(loader.reads.plans)
    return plans


@pytest.mark.parametrize("name", ALONE)
async def test_counts(reads: ExplainedReads, name: str) -> None:
    """They read what matches, or each table once."""
    loader: Any = CountLoader(reads, Viewer(), Products, filters_of(ALONE[name]))  # type: ignore[arg-type]
    count = (await loader.load_batch([NO_PARENT]))[NO_PARENT]
    assert count == MATCHING.get(name, count)
    (plan,) = reads.plans
    assert plan.blocks < min(FREE_BLOCKS + 40 * count, 2 * ALL_BLOCKS)


@pytest.mark.parametrize("language", [None, "ar"])
@pytest.mark.parametrize("name", ["search for 100", "search for 10,000", "search for 150,000", "search in Arabic"])
async def test_search(reads: ExplainedReads, name: str, language: str | None) -> None:
    """At most 10,000 products are ranked, and only those of the page are read."""
    reads.language = language
    loader = RankedProducts(reads, Viewer(), PageRequest(50), filters_of(ALONE[name]))  # type: ignore[arg-type]
    (plan,) = await run(loader, [NO_PARENT])
    assert "search_query" not in json.dumps(plan.root)  # PostgreSQL has called it to plan the statement
    assert plan.sorted_rows <= RANKED
    assert "product_search_words_idx" in plan.indexes or "product_search_pkey" in plan.indexes
    assert not plan.scanned & BIG
    assert plan.blocks < FREE_BLOCKS + BLOCKS_OF_A_RANKED * min(MATCHING.get(name, RANKED), RANKED) + 50 * 60


async def test_orders_are_read_from_their_indexes(reads: ExplainedReads) -> None:
    """Nothing but the page is sorted."""
    expected = {
        "NEWEST": "product_newest_idx", "PRICE_ASC": "product_price_bounds_idx", "PRICE_DESC": "product_price_bounds_idx",
        "DISCOUNT": "product_price_discount_idx", "RATING": "product_rating_idx", "POPULARITY": "product_popularity_idx",
    }  # fmt: skip
    for sort, index in expected.items():
        (plan,) = await run(sorted_pages(Products, sort)(reads, Viewer(), PageRequest(50)), [NO_PARENT])  # type: ignore[arg-type]
        assert index in plan.indexes
        assert plan.sorted_rows <= 2 * 51
        assert plan.blocks < FREE_BLOCKS


@pytest.mark.parametrize("name", sorted((ALONE | TOGETHER).keys() - {"nothing"}))
async def test_facets(reads: ExplainedReads, name: str) -> None:
    """Their cost has a bound, however many products match; what is counted is not sorted."""
    loader = FacetLoader(reads, Viewer(), Products, filters_of((ALONE | TOGETHER)[name]))  # type: ignore[arg-type]
    (plan,) = await run(loader, [NO_PARENT])
    assert plan.blocks < BLOCKS_OF_FACETS
    assert plan.sorted_rows < 3 * MAX_COUNTED


async def test_facets_without_filters_are_read_from_their_table(reads: ExplainedReads) -> None:
    """It has what the timer has counted."""
    loader = FacetLoader(reads, Viewer(), Products, ())  # type: ignore[arg-type]
    (plan,) = await run(loader, [NO_PARENT])
    assert plan.scanned <= {"facet_count"}
    assert plan.blocks < FREE_BLOCKS
    found = (await loader.load_batch([NO_PARENT]))[NO_PARENT]
    assert {one.name for one in found} >= {"brand", "category", "color", "material", "size", "store"}
    assert not any(one.is_estimate for one in found)


async def test_wishlist_of_a_hundred_items(reads: ExplainedReads) -> None:
    """One statement for each edge, and a few blocks for each row."""
    wishlist = key(rows.WISHLIST, 1)
    items: Any = ItemsByWishlist(reads, Viewer(), PageRequest(100))  # type: ignore[arg-type]
    page = (await items.load_batch([wishlist]))[wishlist]
    assert len(page.rows) == 100
    variants = [row["variant_id"] for row in page.rows]
    found = await VariantById(reads, Viewer()).load_batch(variants)  # type: ignore[arg-type]
    products = list({row["product_id"] for row in found.values() if row})
    for loader, keys in [
        (VariantById, variants), (BestListingByVariant, variants), (ListingsByVariant, variants),
        (LowestPriceByVariant, variants), (PriceHistoryByVariant, variants), (ProductById, products),
        (BestListingByProduct, products), (PriceRangeByProduct, products), (FeaturedImageByProduct, products),
        (VariantsByProduct, products),
    ]:  # fmt: skip
        made: Any = loader
        (plan,) = await run(made(reads, Viewer()), keys)
        assert not plan.scanned & BIG, made
        assert plan.blocks < 60 * len(keys), made
    known = await ProductById(reads, Viewer()).load_batch(products)  # type: ignore[arg-type]
    brands = list({row["brand_id"] for row in known.values() if row and row["brand_id"]})
    (plan,) = await run(BrandById(reads, Viewer()), brands)  # type: ignore[arg-type]
    assert plan.blocks < 10 * len(brands)


async def test_price_history_of_daily_changes(reads: ExplainedReads) -> None:
    """Ninety prices for each listing."""
    (plan,) = await run(PriceHistoryByVariant(reads, Viewer()), [key(rows.VARIANT, 1050 * 8)])  # type: ignore[arg-type]
    assert not plan.scanned & BIG
    assert plan.blocks < FREE_BLOCKS


async def test_categories_with_products_each(reads: ExplainedReads) -> None:
    """Ten categories of one level, and 20 products of each: two statements."""
    categories = [key(rows.CATEGORY, number) for number in range(1, 11)]
    loader = ProductsOfCategory(reads, Viewer(), PageRequest(20))  # type: ignore[arg-type]
    for made in (CategoryById(reads, Viewer()), CategoriesByParent(reads, Viewer()), loader):  # type: ignore[arg-type]
        (plan,) = await run(made, categories)
        assert not plan.scanned & BIG
        assert plan.blocks < FREE_BLOCKS + len(categories) * FREE_BLOCKS
