"""The catalogue."""

from typing import Any

import strawberry

import errors
from context import Info
from execution.field_metadata import reads
from inputs.arguments import After, Before, First, Id, Last, Sku, Slug
from inputs.enums import ProductSort
from inputs.products import Filter, ProductFilter, Sort
from loaders.batches import Lookup
from loaders.categories import BrandBySlug, Brands, CategoriesByParent, CategoryBySlug
from loaders.pages import NO_PARENT
from loaders.products import InViewersWishlist, ProductBySlug, Products, RankedProducts, VariantBySku
from models import ids
from resolvers import nodes, pages

LONGEST_SEARCH = 200


@reads("id")
async def viewer_has_wishlisted(root: strawberry.Parent[Any], info: Info) -> bool | None:
    """Whether any variant of a product is on a list of the viewer's."""
    if info.context.viewer.id is None:
        return None
    return await info.context.loader(InViewersWishlist).load(root["id"]) is not None


def listed(
    info: Info, filter: Filter = None, sort: Sort = ProductSort.RELEVANCE,
    first: First = None, after: After = None, last: Last = None, before: Before = None,
) -> Lookup:  # fmt: skip
    """List products by a filter, in an order (P4)."""
    filters = {} if filter is None else _filters(filter)
    ranked = sort is not ProductSort.NEWEST and "search" in filters
    chosen = RankedProducts if ranked else Products
    pairs = tuple(filters.items())
    return pages.open_page(info.context, chosen, first, after, last, before, pairs), NO_PARENT


def _filters(filter: ProductFilter) -> dict[str, Any]:
    """Give what is set. An id that is not a brand's matches nothing."""
    filters: dict[str, Any] = {}
    search = (filter.search or "").strip()
    if len(search) > LONGEST_SEARCH:
        raise errors.BadInput(
            f"A search has at most {LONGEST_SEARCH} characters, not {len(search)}.", reason="bad_search"
        )
    if search:
        filters["search"] = search
    if filter.brand_ids is not None:
        keys = (ids.key_of("Brand", text) for text in filter.brand_ids)
        filters["brands"] = tuple(key for key in keys if key)
    if filter.category_slug is not None:
        filters["category"] = filter.category_slug
    return filters


def by_id(info: Info, id: Id) -> Lookup:
    """Find a product by global id."""
    return nodes.of_type(info.context, "Product", id)


def by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a product by its name in addresses."""
    return info.context.loader(ProductBySlug), slug


def variant_by_sku(info: Info, sku: Sku) -> Lookup:
    """Find a variant by its stock keeping unit."""
    return info.context.loader(VariantBySku), sku


def brand_by_id(info: Info, id: Id) -> Lookup:
    """Find a brand by global id."""
    return nodes.of_type(info.context, "Brand", id)


def brand_by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a brand by its name in addresses."""
    return info.context.loader(BrandBySlug), slug


def brands(
    info: Info,
    first: First = None, after: After = None, last: Last = None, before: Before = None,
) -> Lookup:  # fmt: skip
    """List brands by name."""
    return pages.open_page(info.context, Brands, first, after, last, before), NO_PARENT


def category_by_id(info: Info, id: Id) -> Lookup:
    """Find a category by global id."""
    return nodes.of_type(info.context, "Category", id)


def category_by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a category by its name in addresses."""
    return info.context.loader(CategoryBySlug), slug


def root_categories(info: Info) -> Lookup:
    """Give the roots of the category tree."""
    return info.context.loader(CategoriesByParent), NO_PARENT
