"""Filling a database: every table with COPY, in one transaction.

Nothing is kept in memory but numbers in flat arrays: a row is made from its number while it is copied.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import asyncpg

from database.urls import plain_url
from demo.customers import Customers
from demo.draws import NOW, Timeline
from demo.follows import Follows
from demo.listings import Listings
from demo.payments import Payments
from demo.products import Products
from demo.sales import Sales
from demo.scale import Scale
from demo.stores import Stores
from demo.stream import Stream, Watch
from demo.tickets import Tickets
from demo.variants import Variants
from demo.wishlists import PRICES_WHEN_ADDED, Wishlists

EMPTY = "SELECT NOT EXISTS (TABLE customer) AND NOT EXISTS (TABLE product) AND NOT EXISTS (TABLE store)"
TOLD = ("customer", "follow", "product", "listing", "wishlist_item", "ticket")
BY_TRIGGERS = "facet_code", "product_facets"
"""Tables that triggers fill, and whose statistics decide how products are counted."""
ALONE = "LOCK TABLE customer IN EXCLUSIVE MODE"


class DatabaseNotEmpty(Exception):
    """The database has data already, to which demo data must not be added."""

    def __init__(self) -> None:
        super().__init__("This database already holds customers or products; demo data goes into an empty one only.")


@dataclass(frozen=True)
class Summary:
    """What was loaded: the rows of each table, and how many seconds it took."""

    rows: Mapping[str, int]
    seconds: float

    def __str__(self) -> str:
        told = ", ".join(f"{self.rows[table]:,} {table.replace('_', ' ')}s" for table in TOLD)
        return f"{told} in {self.seconds:.1f} s"


async def is_empty(url: str) -> bool:
    """Tell whether a migrated database has no data yet."""
    connection = await asyncpg.connect(plain_url(url))
    try:
        return bool(await connection.fetchval(EMPTY))
    finally:
        await connection.close()


NO_LIMITS = {"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
"""A role may have limits: it makes rows for seconds between two COPY."""


async def load(url: str, scale: Scale | float = 1.0, *, progress: bool = True, now: datetime = NOW) -> Summary:
    """Fill a migrated database in one transaction; raise `DatabaseNotEmpty` if it has data."""
    begun = perf_counter()
    wanted = scale if isinstance(scale, Scale) else Scale.times(scale)
    connection = await asyncpg.connect(plain_url(url), server_settings=NO_LIMITS)
    try:
        with Watch(wanted=progress) as watch:
            async with connection.transaction():
                await connection.execute(ALONE)
                if not await connection.fetchval(EMPTY):
                    raise DatabaseNotEmpty
                for stream in streams(wanted, now):
                    if stream.replaces:
                        await connection.execute(f"TRUNCATE {stream.name}")
                    await connection.copy_records_to_table(
                        stream.name, columns=stream.columns.split(), records=watch.passing(stream)
                    )
                await connection.execute(PRICES_WHEN_ADDED)
            tables = ", ".join(f'"{name}"' for name in (*watch.counts, *BY_TRIGGERS))
            await connection.execute(f"VACUUM (ANALYZE) {tables}")
    finally:
        await connection.close()
    return Summary(watch.counts, perf_counter() - begun)


def streams(scale: Scale, now: datetime = NOW) -> Iterator[Stream]:
    """Return the rows of all tables, each table after those that it refers to."""
    timeline = Timeline(now)
    customers = Customers(scale.customers, timeline)
    products = Products(scale.products, timeline)
    variants = Variants(products, timeline)
    follows = Follows(customers, scale.follows)
    stores = Stores(customers, timeline)
    listings = Listings(variants, stores)
    wishlists = Wishlists(customers, variants, scale.wishlist_items)
    tickets = Tickets(customers, follows.blocks, scale.tickets)
    yield customers.stream(follows.followers, follows.following, stores.following)
    yield from follows.streams()
    yield from products.streams()
    yield from variants.streams()
    yield from stores.streams()
    yield from listings.streams()
    yield from wishlists.streams()
    yield from tickets.streams()
    yield from Payments(customers, Sales(customers, listings, tickets, scale.sales)).streams()


__all__ = ["DatabaseNotEmpty", "Scale", "Summary", "is_empty", "load", "streams"]
