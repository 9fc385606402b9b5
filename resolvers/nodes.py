"""Finding any node by its global id, through the same loaders, and so under the same policy, as every other path."""

from typing import Any

import strawberry

from context import Context, Info
from database.statements import Row
from execution.field_metadata import reads
from inputs.arguments import Id, Ids
from loaders.batches import BatchLoader, Lookup
from loaders.nodes import NODE_LOADERS
from models import ids


@reads("id")
def global_id(root: strawberry.Parent[Any]) -> str:
    """Encode the global id of a row."""
    return ids.encode(root.graphql_type, root["id"])


def of_type(context: Context, graphql_type: str, text: str) -> Lookup:
    """Look up a global id that must be of one type. An id of another type finds nothing."""
    return context.loader(NODE_LOADERS[graphql_type]), ids.key_of(graphql_type, text)


def one(info: Info, id: Id) -> Lookup:
    """Look up a global id of any type."""
    found = ids.decode(id)
    known = found is not None and found[0] in NODE_LOADERS
    return of_type(info.context, found[0] if found and known else "Customer", id if known else "")


async def many(info: Info, ids: Ids) -> list[Row | None]:
    """Look up several global ids with one statement for each type among them."""
    asked = [one(info, id) for id in ids]
    wanted: dict[BatchLoader[Any, Any], list[Any]] = {}
    for loader, key in asked:
        if key is not None and key not in wanted.setdefault(loader, []):
            wanted[loader].append(key)
    found = {loader: await loader.load_batch(keys) for loader, keys in wanted.items()}
    return [None if key is None else found[loader][key] for loader, key in asked]
