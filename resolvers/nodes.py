"""Finding anything by its global id: through the same loaders, hence the same policy, as every other path."""

import asyncio
from typing import Any

from context import Context
from loaders.batches import Batch
from loaders.categories import BrandById, CategoryById
from loaders.customers import CustomerById
from loaders.follows import FollowRequestById
from loaders.products import ProductById, VariantById
from loaders.stores import ListingById, SourceById, StoreById
from loaders.wishlists import WishlistById, WishlistItemById
from models import ids

FINDERS: dict[str, type[Batch[Any, Any]]] = {
    finder.graphql_type: finder
    for finder in (
        BrandById, CategoryById, CustomerById, FollowRequestById, ListingById, ProductById, SourceById, StoreById,
        VariantById, WishlistById, WishlistItemById,
    )
}  # fmt: skip


async def one(context: Context, text: str) -> Any:
    """Find one thing; None for whatever the viewer cannot have, whyever."""
    found = ids.decode(text)
    finder = FINDERS.get(found[0]) if found else None
    return None if found is None or finder is None else await context.loader(finder).load(found[1])


async def many(context: Context, texts: list[str]) -> list[Any]:
    """Find many things, one statement for each of their types."""
    return await asyncio.gather(*(one(context, text) for text in texts))
