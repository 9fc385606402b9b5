"""A second database for what the data set has not: a customer with a million followers, and an item that is broken."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks import dataset
from models import ids

NAME = "big"
FOLLOWERS = 1_000_000
FILL = f"""
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO customer (id, clerk_id, username, followers_count, is_private, created_at)
SELECT md5('fan ' || n)::uuid, 'fan ' || n, 'fan' || n, 0, false, timestamptz '2026-01-01' + n * interval '1 second'
FROM generate_series(1, {FOLLOWERS}) n;
INSERT INTO customer (id, clerk_id, username, followers_count, is_private) VALUES
  (md5('large')::uuid, 'large', 'large', {FOLLOWERS}, false), (md5('small')::uuid, 'small', 'small', 10, false);
INSERT INTO follow (follower_id, followee_id, created_at)
SELECT md5('fan ' || n)::uuid, md5('large')::uuid, timestamptz '2026-02-01' + n * interval '1 second'
FROM generate_series(1, {FOLLOWERS}) n;
INSERT INTO follow (follower_id, followee_id, created_at)
SELECT md5('fan ' || n)::uuid, md5('small')::uuid, timestamptz '2026-02-01' + n * interval '1 second'
FROM generate_series(1, 10) n;
"""
FOLLOWER = "SELECT (created_at, follower_id) FROM follow WHERE followee_id = $1 ORDER BY created_at DESC, follower_id DESC OFFSET $2 LIMIT 1"
PRODUCT = "SELECT (created_at, id) FROM product ORDER BY created_at DESC, id DESC OFFSET $1 LIMIT 1"
ITEM = f"""
    SELECT i.id FROM follow f JOIN wishlist w ON w.owner_id = f.follower_id AND w.is_default
    JOIN wishlist_item i ON i.wishlist_id = w.id
    WHERE f.followee_id = ({dataset.STAR.replace("AND show_profile", "AND show_profile AND clerk_id <> 'large'")})
    ORDER BY f.created_at DESC, f.follower_id DESC, i.created_at DESC, i.id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Star:
    """Where things are in the second database."""

    url: str
    large: str
    small: str
    followers_far: tuple[Any, ...]
    followers_farthest: tuple[Any, ...]
    products_far: tuple[Any, ...]
    item: Any

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Have one item refer to a variant that is not there."""
        turn = "SET session_replication_role = replica; UPDATE wishlist_item SET variant_id = {} WHERE id = '{}'"
        variant = asyncio.run(dataset.fetch(self.url, "SELECT variant_id FROM wishlist_item WHERE id = $1", self.item))
        asyncio.run(dataset.execute(self.url, turn.format("md5('nothing')::uuid", self.item)))
        try:
            yield
        finally:
            asyncio.run(dataset.execute(self.url, turn.format(f"'{variant}'", self.item)))


def star() -> Star:
    """Make the second database beside the first, once, and say where things are in it."""
    return asyncio.run(_star(dataset.beside(NAME, FILL)))


async def _star(url: str) -> Star:
    large, small = [await dataset.fetch(url, "SELECT md5($1)::uuid", name) for name in ("large", "small")]
    return Star(
        url=url,
        large=ids.encode("Customer", large),
        small=ids.encode("Customer", small),
        followers_far=await dataset.fetch(url, FOLLOWER, large, 999 * 20 - 1),
        followers_farthest=await dataset.fetch(url, FOLLOWER, large, 48_999 * 20 - 1),
        products_far=await dataset.fetch(url, PRODUCT, 998 * 20 - 1),
        item=await dataset.fetch(url, ITEM),
    )
