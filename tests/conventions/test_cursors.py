"""Cursors that this server signed and can no longer use (G2): of an order that has changed, or of values it cannot read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
import pytest

from auth.secrets import Secrets
from loaders.categories import Brands
from loaders.cursors import SIGNATURE_BYTES, Cursors
from loaders.follows import Followers
from loaders.pages import ConnectionLoader
from loaders.product_pages import Products, RankedProducts
from loaders.stores import Stores
from loaders.tickets import TicketsByCustomer
from loaders.wishlists import ItemsByWishlist
from tests.conventions.paging import Listed, brands, followers, items, of, products, ranked, stores, tickets
from tests.people import World

MADE: dict[Callable[[World], Awaitable[Listed]], type[ConnectionLoader]] = {
    followers: Followers, items: ItemsByWishlist, products: Products, ranked: RankedProducts, brands: Brands,
    stores: Stores, tickets: TicketsByCustomer,
}  # fmt: skip
each = pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
ANYTHING = (None, True, 1.5, [], {}, ["2026-01-01T00:00:00Z"])
WRONG: dict[type, tuple[Any, ...]] = {
    datetime: (7, "", "x", "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z"),
    UUID: (7, "", "x", "0" * 31, "0" * 33),
    int: ("", "x", "1", 2**31, -(2**31) - 1, 2**63),
}
TEXT = (7, "a\0b")


@each
class TestSigned:
    """`limits.md`, "Cursors": whatever is in it, a cursor is never an internal error."""

    async def test_of_another_order(self, world: World, credentials: Secrets, make: Any) -> None:
        """The same values under the name of the connection alone, as it was once, and of orders that it could have."""
        listed, connection, cursors = await make(world), MADE[make], Cursors(credentials.secret_key)
        values = await signed_by(listed)
        assert (
            of(await listed.page(first=9, after=cursors.write(connection.cursor_scope(listed.filters), values)))
            == listed.ids[1:]
        )

        class Turned(connection):
            ascending = not connection.ascending

        class Renamed(connection):
            order: ClassVar = {f"other_{name}": column for name, column in connection.order.items()}

        class Longer(connection):
            order: ClassVar = {"more": connection.order["id"]} | connection.order

        for other in (Turned, Renamed, Longer):
            other.__name__ = connection.__name__
            await refused(listed, cursors.write(other.cursor_scope(listed.filters), values))
        await refused(listed, cursors.write(connection.__name__, values))

    async def test_of_other_values(self, world: World, credentials: Secrets, make: Any) -> None:
        """Fewer, more, and of wrong types."""
        listed, connection, cursors = await make(world), MADE[make], Cursors(credentials.secret_key)
        values = await signed_by(listed)
        payloads: list[Any] = [[], values[:-1], values[1:], [*values, values[-1]], [*values, None], *ANYTHING, "x", 7]
        for place, kind in enumerate(connection.cursor_types()):
            wrong = *ANYTHING, *WRONG.get(kind, TEXT)
            payloads += [[*values[:place], one, *values[place + 1 :]] for one in wrong]
        for payload in payloads:
            await refused(listed, cursors.write(connection.cursor_scope(listed.filters), payload))
        for packed in (b"", b"x", b"[", b'["\\ud800"]', b"\xff", b"[" * 1_500):
            raw = cursors._sign(connection.cursor_scope(listed.filters), packed) + packed
            await refused(listed, urlsafe_b64encode(raw).decode().rstrip("="))


async def signed_by(listed: Listed) -> list[Any]:
    """Read the values out of the cursor of the first row."""
    cursor = (await listed.page(first=1))["pageInfo"]["endCursor"]
    values: list[Any] = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[SIGNATURE_BYTES:])
    return values


async def refused(listed: Listed, cursor: str) -> None:
    for size, position in (("first", "after"), ("last", "before")):
        (error,) = await listed.graph.errors(listed.query, **{size: 1, position: cursor})
        assert (error["extensions"]["code"], error["extensions"].get("reason")) == ("BAD_USER_INPUT", "bad_cursor")


def test_scopes_with_large_filters_are_not_kept() -> None:
    """A filter can have 64 KiB: hundreds of them must not stay in memory, whatever clients send."""
    cursors = Cursors("x" * 40)
    for number in range(100):
        large = f"Products {number} {'x' * 60_000}"
        assert cursors.read(large, cursors.write(large, [number]), [int]) == (number,)
    assert cursors._begun.cache_info().currsize == 0
    for number in range(100):
        cursors.write(f"Products {number}", [number])
    assert cursors._begun.cache_info().currsize == 100
