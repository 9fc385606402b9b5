"""Finding anything by its global id: through the same loaders, hence the same policy, as every other path."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import strawberry

from context import Context, Info
from database.statements import Row
from execution.field_metadata import reads
from inputs.arguments import Id, Ids
from loaders.batches import BatchLoader, Lookup, RowLoader
from loaders.categories import BrandById, CategoryById
from loaders.customers import CustomerById
from loaders.follows import FollowRequestById
from loaders.products import ProductById, VariantById
from loaders.sessions import SessionById, SolverById
from loaders.stores import ListingById, SourceById, StoreById
from loaders.tickets import TicketById
from loaders.wishlists import WishlistById, WishlistItemById
from models import ids

FINDERS: dict[str, type[RowLoader[UUID]]] = {
    finder.graphql_type: finder
    for finder in (
        BrandById, CategoryById, CustomerById, FollowRequestById, ListingById, ProductById, SessionById, SolverById,
        SourceById, StoreById, TicketById, VariantById, WishlistById, WishlistItemById,
    )
}  # fmt: skip


@reads("id")
def global_id(root: strawberry.Parent[Any]) -> str:
    """Write the id of a row."""
    return ids.encode(root.graphql_type, root["id"])


def global_ids(graphql_type: str) -> Callable[[Any], str]:
    """Make the function that writes the ids of one type's rows."""
    write = ids.writer(graphql_type)
    return lambda root: write(root["id"])


def of_type(context: Context, graphql_type: str, text: str) -> Lookup:
    """Find what an id of one type names; nothing if it is of another, or names nothing that the viewer may see."""
    return context.loader(FINDERS[graphql_type]), ids.key_of(graphql_type, text)


def one(info: Info, id: Id) -> Lookup:
    """Find one thing of whatever type; nothing for whatever the viewer cannot have, whyever."""
    found = ids.decode(id)
    known = found is not None and found[0] in FINDERS
    return of_type(info.context, found[0] if found and known else "Customer", id if known else "")


async def many(info: Info, ids: Ids) -> list[Row | None]:
    """Find many things, one statement for each of their types."""
    asked = [one(info, id) for id in ids]
    wanted: dict[BatchLoader[Any, Any], list[Any]] = {}
    for loader, key in asked:
        if key is not None and key not in wanted.setdefault(loader, []):
            wanted[loader].append(key)
    found = {loader: await loader.load_batch(keys) for loader, keys in wanted.items()}
    return [None if key is None else found[loader][key] for loader, key in asked]
