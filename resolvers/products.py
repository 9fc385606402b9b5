"""Products and variants."""

from typing import Any

import strawberry

from actions import product_search  # noqa: F401 - registers its timer
from context import Info
from execution.field_metadata import reads
from inputs.arguments import Id, Sku, Slug
from loaders.batches import Lookup
from loaders.products import InViewersWishlist, ProductBySlug, VariantBySku, VariantInViewersWishlist
from resolvers import nodes


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


def by_id(info: Info, id: Id) -> Lookup:
    """Find a product by global id."""
    return nodes.of_type(info.context, "Product", id)


def by_slug(info: Info, slug: Slug) -> Lookup:
    """Find a product by slug."""
    return info.context.loader(ProductBySlug), slug


def variant_by_sku(info: Info, sku: Sku) -> Lookup:
    """Find a variant by SKU."""
    return info.context.loader(VariantBySku), sku
