"""The migration that makes the kind of an offer an enum keeps what the old words meant."""

import asyncio

import asyncpg
from alembic import command
from alembic.script import ScriptDirectory

import migrations

OLD = {
    "PERCENT_OFF": "DISCOUNT",
    "buy_more": "BUNDLE",
    "coupon": "COUPON",
    "FREE_SHIPPING": "FREE_SHIPPING",
    "GIFT": "OTHER",
}
ROWS = """
WITH product AS (INSERT INTO product (id, slug, title) VALUES (gen_random_uuid(), 'a', 'A') RETURNING id),
variant AS (INSERT INTO product_variant (id, product_id, sku, position)
    SELECT gen_random_uuid(), id, 'a', 0 FROM product RETURNING id),
source AS (INSERT INTO source (id, name, slug, base_url) VALUES (gen_random_uuid(), 'A', 'a', 'https://a.example') RETURNING id),
listing AS (INSERT INTO listing (id, variant_id, source_id, url, currency)
    SELECT gen_random_uuid(), variant.id, source.id, 'https://a.example/1', 'AED' FROM variant, source RETURNING id)
INSERT INTO offer (id, listing_id, description, kind)
    SELECT gen_random_uuid(), listing.id, word, word FROM listing, unnest($1::text[]) word
"""


async def test_old_words_become_kinds(empty_database_url: str) -> None:
    config = migrations.config(empty_database_url)
    found = ScriptDirectory.from_config(config).walk_revisions()
    before = next(one.down_revision for one in found if one.path.endswith("_offer_kinds.py"))
    await asyncio.to_thread(command.downgrade, config, before)
    connection = await asyncpg.connect(empty_database_url)
    try:
        await connection.execute(ROWS, list(OLD))
        await asyncio.to_thread(command.upgrade, config, "head")
        rows = await connection.fetch("SELECT description, kind FROM offer")
    finally:
        await connection.close()
    assert {row["description"]: row["kind"] for row in rows} == OLD
