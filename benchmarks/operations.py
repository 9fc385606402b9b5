"""What is measured, who asks, and what is sent to which server."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks import dataset, peers
from benchmarks.load import NUMBER, Request, Series
from benchmarks.servers import stage
from models import ids

QUERIES = ("Q1", "Q2", "Q3", "Q4")
PAGES = ("dashboard", "nodes", "catalogue")
SIGHTS = "sights"
VIEWERS = {
    "Q1": "omar",
    "Q2": "omar",
    "Q3": "amal",
    "Q4": "omar",
    "dashboard": "omar",
    "nodes": "amal",
    "catalogue": "omar",
}
"""Who asks; the administrator may see the wishlists and tickets of others."""
NEW, KNOWN, LATER = "first sight", "second sight", "later"
BUSIEST = "SELECT slug FROM category WHERE parent_id IS NULL ORDER BY position, slug LIMIT 1"
MIXED = {
    "Customer": ("customer", 5), "Product": ("product", 5), "ProductVariant": ("product_variant", 4),
    "Listing": ("listing", 4), "Brand": ("brand", 4), "Category": ("category", 4), "Store": ("store", 4),
    "Source": ("source", 4), "Ticket": ("ticket", 4), "SupportSession": ("session", 4), "Solver": ("solver", 4),
    "Wishlist": ("wishlist", 2), "WishlistItem": ("wishlist_item", 2),
}  # fmt: skip
"""How many ids of each type are asked for: 50 in all."""
SOME = """SELECT array_agg(id) FROM (SELECT id FROM {table} ORDER BY md5(id::text) LIMIT {number}) chosen"""


def text(operation: str) -> str:
    """Read an operation."""
    return (dataset.HERE / "queries" / f"{operation[0].upper()}{operation[1:]}.graphql").read_text()


def variables(url: str) -> dict[str, dict[str, Any]]:
    """Choose the variables of each operation."""
    star = ids.encode("Customer", asyncio.run(dataset.fetch(url, dataset.STAR)))
    busiest = asyncio.run(dataset.fetch(url, BUSIEST))
    return {
        "Q1": {"id": star}, "Q2": {"first": 50}, "Q3": {"id": star}, "Q4": {"first": 500},
        "dashboard": {}, "nodes": {"ids": asyncio.run(_mixed(url))},
        "catalogue": {"first": 50, "category": busiest, "most": "400"},
    }  # fmt: skip


async def _mixed(url: str) -> list[str]:
    """Give ids of all types, one of each type after the other."""
    found = {
        kind: [ids.encode(kind, key) for key in await dataset.fetch(url, SOME.format(table=table, number=number))]
        for kind, (table, number) in MIXED.items()
    }
    return [keys[place] for place in range(5) for keys in found.values() if place < len(keys)]


def requests(url: str, pem: str, servers: Iterable[str], operations: Iterable[str]) -> dict[tuple[str, str], Request]:
    """Say what each server is sent for each operation; peers get the four queries only."""
    said, given = {}, variables(url)
    for operation in operations:
        token = stage.token(pem, f"user_demo_{VIEWERS[operation]}")
        name = operation[0].upper() + operation[1:]
        ours = Request.of(name, text(operation), given[operation], token)
        for server in servers:
            if server not in peers.NAMES:
                said[server, operation] = ours
            elif operation in QUERIES:
                said[server, operation] = peers.request(server, ours, text(operation), given[operation])
    return said


def sights(given: Mapping[tuple[str, str], Request], server: str) -> dict[tuple[str, str], Series]:
    """Send Q2 by documents that are new each time, by such that are sent twice each, and by one that is well known."""
    known = given[server, "Q2"]
    differing = Request(known.query, known.body.replace(b" slug ", f" slug{NUMBER}: slug ".encode()), known.token)
    return {
        (server, NEW): Series((differing,), sights=1),
        (server, KNOWN): Series((differing,), sights=2),
        (server, LATER): Series((known,)),
    }
