"""The catalogue."""

from typing import Any

import strawberry

import errors
from context import Info
from loaders.pages import Filters
from loaders.products import InViewersWishlist, Products, RankedProducts
from models import ids
from schema import inputs

LONGEST_SEARCH = 200


async def in_wishlist(root: strawberry.Parent[Any], info: Info) -> bool | None:
    """Whether any variant of a product is on a list of the viewer's."""
    if info.context.viewer.id is None:
        return None
    return await info.context.loader(InViewersWishlist).load(root["id"]) is not None


def chosen(filter: inputs.ProductFilter | None, *, ranked: bool) -> tuple[type[Products], Filters]:  # noqa: A002
    """Choose the connection for a filter and an order. An id that is not a brand's matches nothing."""
    filters: dict[str, Any] = {}
    if filter is None:
        return Products, ()
    search = (filter.search or "").strip()
    if len(search) > LONGEST_SEARCH:
        raise errors.BadInput(f"A search has at most {LONGEST_SEARCH} characters, not {len(search)}.", reason="bad_search")
    if search:
        filters["search"] = search
    if filter.brand_ids is not None:
        keys = (ids.key_of("Brand", text) for text in filter.brand_ids)
        filters["brands"] = tuple(key for key in keys if key)
    if filter.category_slug is not None:
        filters["category"] = filter.category_slug
    return RankedProducts if ranked and search else Products, tuple(filters.items())
