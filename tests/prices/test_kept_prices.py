"""Best prices, availability and price history that follow whatever is done to listings, by however many at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from database.urls import plain_url
from models.prices import PRICES_LOCK
from tests.prices.kept import BROKEN, broken

CHANGES, CONNECTIONS = 10_000, 8
AVAILABILITIES = ("IN_STOCK", "LOW_STOCK", "PREORDER", "OUT_OF_STOCK", "UNKNOWN")
EXPECTED = (asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError)
"""What may become of a change of something that another connection has deleted or made."""


class Shop:
    """Products with listings, and random changes to them, each one statement."""

    def __init__(self, number: int) -> None:
        self.chance = Random(number)
        self.products, self.variants, self.listings = [uuid4() for _ in range(12)], [uuid4() for _ in range(40)], []
        self.sources: list[UUID] = [uuid4() for _ in range(60)]
        self.done: Counter[str] = Counter()

    async def open(self, connection: Any) -> None:
        """Make the products, their variants and the sources."""
        for source in self.sources:
            sql = "INSERT INTO source (id, name, slug, base_url) VALUES ($1, $2, $2, 'https://source.example')"
            await connection.execute(sql, source, str(source))
        for product in self.products:
            await self._insert_product(connection, product)
        for variant in self.variants:
            await self._insert_variant(connection, variant)

    async def _insert_product(self, connection: Any, product: UUID) -> None:
        sql = "INSERT INTO product (id, slug, title) VALUES ($1, $2, 'Shirt')"
        await connection.execute(sql, product, str(product))

    async def _insert_variant(self, connection: Any, variant: UUID) -> None:
        sql = "INSERT INTO product_variant (id, product_id, sku, position) VALUES ($1, $2, $3, 0)"
        await connection.execute(sql, variant, self.chance.choice(self.products), str(variant))

    def price(self) -> int | None:
        """Draw a price, often one that another listing has."""
        return self.chance.choice((None, 1_000, 1_000, 1_500, self.chance.randrange(1, 3_000)))

    async def insert(self, connection: Any) -> None:
        """Insert a listing."""
        sql = """INSERT INTO listing (id, variant_id, source_id, url, currency, price_minor, list_price_minor, availability,
            state, last_checked_at) VALUES ($1, $2, $3, 'https://source.example', $4, $5, $6, $7, $8, $9::text::timestamptz)"""
        state = self.chance.choice(("ACTIVE", "ACTIVE", "ACTIVE", "ENDED"))
        checked = self.chance.choice((None, "now", "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"))
        of = self.chance.choice(self.variants), self.chance.choice(self.sources), self.chance.choice(("AED", "USD"))
        values = self.price(), self.price(), self.chance.choice(AVAILABILITIES), state, checked
        await connection.execute(sql, key := uuid4(), *of, *values)
        self.listings.append(key)

    async def update(self, connection: Any) -> None:
        """Change a listing, or all of a source."""
        changes = {
            "price_minor": self.price(), "list_price_minor": self.price(),
            "currency": self.chance.choice(("AED", "USD", "INR")), "availability": self.chance.choice(AVAILABILITIES),
            "state": self.chance.choice(("ACTIVE", "ENDED")), "variant_id": self.chance.choice(self.variants),
        }  # fmt: skip
        names = self.chance.sample(list(changes), self.chance.choice((0, 1, 1, 2)))
        checked = self.chance.choice(
            ("last_checked_at", "now()", "now() - interval '1 month'", "now() + interval '1 day'")
        )
        setting = ", ".join([f"last_checked_at = {checked}", *(f"{name} = ${n}" for n, name in enumerate(names, 2))])
        listing = self.chance.choice(self.listings)
        await connection.execute(
            f"UPDATE listing SET {setting} WHERE id = $1", listing, *(changes[one] for one in names)
        )

    async def delete(self, connection: Any) -> None:
        """Delete a listing."""
        listing = self.listings.pop(self.chance.randrange(len(self.listings)))
        await connection.execute("DELETE FROM listing WHERE id = $1", listing)

    async def move_variant(self, connection: Any) -> None:
        """Move a variant to another product."""
        sql = "UPDATE product_variant SET product_id = $2 WHERE id = $1"
        await connection.execute(sql, self.chance.choice(self.variants), self.chance.choice(self.products))

    async def replace_variant(self, connection: Any) -> None:
        """Delete a variant, and make another."""
        await connection.execute("DELETE FROM product_variant WHERE id = $1", self.variants.pop(0))
        self.variants.append(variant := uuid4())
        await self._insert_variant(connection, variant)

    async def replace_product(self, connection: Any) -> None:
        """Delete a product with its variants, and make another."""
        await connection.execute("DELETE FROM product WHERE id = $1", self.products.pop(0))
        self.products.append(product := uuid4())
        await self._insert_product(connection, product)

    async def change_many(self, connection: Any) -> None:
        """Change products, move variants and change listings in one transaction, in no order, alone."""
        several = [self.chance.sample(one, 5) for one in (self.products, self.variants, self.listings)]
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", PRICES_LOCK)
            await connection.execute("UPDATE product SET title = title || '.' WHERE id = ANY($1)", several[0])
            sql = "UPDATE product_variant SET position = position + 1, product_id = $2 WHERE id = ANY($1)"
            await connection.execute(sql, several[1], several[0][0])
            sql = "UPDATE listing SET price_minor = $2, last_checked_at = now() WHERE id = ANY($1)"
            await connection.execute(sql, several[2], self.price())

    async def change(self, connection: Any) -> None:
        """Do something."""
        acts = (
            self.insert, self.update, self.delete, self.move_variant, self.replace_variant, self.replace_product, self.change_many,
        )  # fmt: skip
        act = self.chance.choices(acts, (25, 51, 5, 8, 7, 1, 3))[0] if len(self.listings) > 20 else self.insert
        try:
            await act(connection)
            self.done[act.__name__] += 1
        except EXPECTED as error:
            self.done[type(error).__name__] += 1


@pytest.fixture
async def connections(fresh_url: str) -> AsyncIterator[list[Any]]:
    made = [await asyncpg.connect(plain_url(fresh_url)) for _ in range(CONNECTIONS)]
    yield made
    for connection in made:
        await connection.close()


async def test_nothing_drifts_and_nothing_is_in_a_deadlock(connections: list[Any]) -> None:
    """P3. A deadlock would be raised by the connection that PostgreSQL chooses, and fail the test."""
    shop = Shop(11)
    await shop.open(connections[0])

    async def work(connection: Any) -> None:
        for _ in range(CHANGES // CONNECTIONS):
            await shop.change(connection)

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(work(connection))
    assert await broken(connections[0]) == {}
    assert shop.done.total() == CHANGES
    assert (
        min(
            shop.done[name] for name in ("insert", "update", "delete", "move_variant", "replace_product", "change_many")
        )
        > 50
    )
    assert await connections[0].fetchval("SELECT count(*) FROM product_price") > 0


async def test_what_is_broken_is_found(connections: list[Any]) -> None:
    """Without the triggers, each question finds something."""
    connection, shop = connections[0], Shop(12)
    await shop.open(connection)
    for _ in range(60):
        with suppress(*EXPECTED):
            await shop.insert(connection)
    assert await broken(connection) == {}
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(
        "UPDATE listing SET price_minor = price_minor + 1, state = 'ACTIVE', availability = 'PREORDER'"
    )
    await connection.execute("UPDATE product_variant SET availability = 'UNKNOWN'")
    await connection.execute("UPDATE product SET availability = 'IN_STOCK'")
    await connection.execute("UPDATE price_change SET changed_at = changed_at + interval '1 month'")
    sql = "INSERT INTO price_change SELECT listing_id, changed_at + interval '1 day', currency, price_minor, list_price_minor FROM price_change"
    await connection.execute(sql)
    assert (await broken(connection)).keys() == BROKEN.keys()
