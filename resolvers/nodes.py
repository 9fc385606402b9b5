"""Finding anything by its global id: through the same loaders, hence the same policy, as every other path."""

import asyncio
from typing import Any
from uuid import UUID

import strawberry

from context import Context, Info
from database import Row
from loaders.batches import One
from loaders.categories import BrandById, CategoryById
from loaders.customers import CustomerById
from loaders.follows import FollowRequestById
from loaders.products import ProductById, VariantById
from loaders.stores import ListingById, SourceById, StoreById
from loaders.wishlists import WishlistById, WishlistItemById
from models import ids
from schema import inputs

FINDERS: dict[str, type[One[UUID]]] = {
    finder.graphql_type: finder
    for finder in (
        BrandById, CategoryById, CustomerById, FollowRequestById, ListingById, ProductById, SourceById, StoreById,
        VariantById, WishlistById, WishlistItemById,
    )
}  # fmt: skip


def global_id(root: strawberry.Parent[Any]) -> str:
    """Write the id of a row."""
    return ids.encode(root.graphql_type, root["id"])


async def of_type(context: Context, graphql_type: str, text: str) -> Row | None:
    """Find what an id of one type names; None if it is of another, or names nothing that the viewer may see."""
    key = ids.key_of(graphql_type, text)
    return None if key is None else await context.loader(FINDERS[graphql_type]).load(key)


async def one(info: Info, id: inputs.Id) -> Row | None:
    """Find one thing of whatever type; None for whatever the viewer cannot have, whyever."""
    found = ids.decode(id)
    return await of_type(info.context, found[0], id) if found and found[0] in FINDERS else None


async def many(info: Info, ids: inputs.Ids) -> list[Row | None]:
    """Find many things, one statement for each of their types."""
    return await asyncio.gather(*(one(info, id) for id in ids))
