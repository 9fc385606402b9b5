"""The hand-written answer to `Nodes`: one statement for each type among the ids."""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from auth.viewer import ViewerKind
from benchmarks.servers.reads import HandWrittenReads
from database.statements import Statement
from inputs.scalars import date_time
from loaders.nodes import NODE_LOADERS
from models import ids

FIELDS = {
    "Customer": {"username": "username", "followersCount": "followers_count"},
    "Product": {"title": "title", "slug": "slug"},
    "ProductVariant": {"sku": "sku", "sizeLabel": "size_label"},
    "Listing": {"url": "url", "availability": "availability"},
    "Brand": {"name": "name", "slug": "slug"},
    "Category": {"name": "name", "slug": "slug"},
    "Store": {"name": "name", "slug": "slug"},
    "Source": {"name": "name"},
    "Ticket": {"reference": "reference", "status": "status"},
    "SupportSession": {"sessionStatus": "status", "startedAt": "started_at"},
    "Solver": {"name": "name", "ratingsCount": "ratings_count"},
    "Wishlist": {"name": "name", "visibility": "visibility"},
    "WishlistItem": {"note": "note", "priority": "priority"},
}
"""The columns of each field, by type."""


@cache
def statement(kind: ViewerKind, graphql_type: str) -> Statement:
    """Compile what `nodes` of the graph asks for a type: whole rows."""
    return NODE_LOADERS[graphql_type].statement(kind)


def _written(value: Any) -> Any:
    return date_time(value) if value.__class__ is datetime else value


async def answer(reads: HandWrittenReads, given: dict[str, Any]) -> dict[str, Any]:
    """Answer in the order of the ids."""
    asked = [ids.decode(text) for text in given["ids"]]
    wanted: dict[str, dict[UUID, None]] = {}
    for one in asked:
        if one is not None and one[0] in FIELDS:
            wanted.setdefault(one[0], {})[one[1]] = None
    found: dict[tuple[str, UUID], Any] = {}
    for name, keys in wanted.items():
        fields, write = FIELDS[name].items(), ids.writer(name)
        for key, row in (await reads.by_id(statement(reads.kind, name), keys)).items():
            found[name, key] = {"id": write(key), **{field: _written(row[column]) for field, column in fields}}
    return {"nodes": [None if one is None else found.get(one) for one in asked]}
