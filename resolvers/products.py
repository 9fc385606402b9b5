"""Products and variants."""

from typing import Any

import strawberry

import errors
from actions import product_search  # noqa: F401 - registers its timer
from context import Info
from execution.field_metadata import reads
from inputs.arguments import Id, Sku, Slug
from inputs.enums import ProductSort
from inputs.pages import PageArguments
from inputs.products import Filter, ProductFilter, Sort
from loaders.batches import Lookup
from loaders.pages import NO_PARENT
from loaders.product_pages import Products, RankedProducts
from loaders.products import InViewersWishlist, ProductBySlug, VariantBySku, VariantInViewersWishlist
from models import ids
from models.text_direction import remove_marks
from resolvers import nodes, pages

MAX_SEARCH_CHARACTERS = 200


@reads("id")
async def viewer_has_wishlisted(root: strawberry.Parent[Any], info: Info) -> bool | None:
    """Tell whether any variant of a product is on one of the viewer's wishlists."""
    if info.context.viewer.id is None:
        return None
    return await info.context.loader(InViewersWishlist).load(root["id"]) is not None


@reads("id")
async def viewer_has_wishlisted_variant(root: strawberry.Parent[Any], info: Info) -> bool | None:
    """Tell whether a variant is on one of the viewer's wishlists."""
    if info.context.viewer.id is None:
        return None
    return await info.context.loader(VariantInViewersWishlist).load(root["id"]) is not None


def listed(info: Info, page: PageArguments, filter: Filter = None, sort: Sort = ProductSort.RELEVANCE) -> Lookup:
    """List products by a filter, in an order."""
    filters = {} if filter is None else _filters(filter)
    ranked = sort is not ProductSort.NEWEST and "search" in filters
    chosen = RankedProducts if ranked else Products
    pairs = tuple(filters.items())
    return pages.open_page(info.context, chosen, *page, pairs), NO_PARENT


def _filters(filter: ProductFilter) -> dict[str, Any]:
    """Turn the conditions that are set into filters of the loader. An id that is not of a brand matches nothing."""
    filters: dict[str, Any] = {}
    search = remove_marks(filter.search or "").strip()
    if len(search) > MAX_SEARCH_CHARACTERS:
        raise errors.BadInput(
            f"`search` can have at most {MAX_SEARCH_CHARACTERS} characters, but has {len(search)}.", reason="bad_search"
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
    """Find a product by slug."""
    return info.context.loader(ProductBySlug), slug


def variant_by_sku(info: Info, sku: Sku) -> Lookup:
    """Find a variant by SKU."""
    return info.context.loader(VariantBySku), sku
