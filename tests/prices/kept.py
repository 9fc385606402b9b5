"""What must hold of the best prices and of the price history, as questions for the rows that break it."""

from typing import Any

COUNTED = """
    SELECT product_id, variant_id, listing.id, currency, price_minor AS price, list_price_minor AS list_price,
           listing.availability NOT IN ('OUT_OF_STOCK', 'UNKNOWN') AS can_be_bought
    FROM listing JOIN product_variant ON product_variant.id = variant_id
    WHERE state = 'ACTIVE' AND price_minor IS NOT NULL
"""
BEST = """
    WITH counted AS ({counted}), bought AS (SELECT * FROM counted WHERE can_be_bought), facts AS (
        SELECT DISTINCT {key} AS key, currency, (
            SELECT id FROM counted c WHERE (c.{key}, c.currency) = (one.{key}, one.currency)
            ORDER BY can_be_bought DESC, price, id LIMIT 1
        ) AS best FROM counted one
    )
    SELECT key, currency, best, (SELECT price FROM counted WHERE id = best),
           (SELECT min(price) FROM bought b WHERE (b.{key}, b.currency) = (facts.key, facts.currency)),
           (SELECT max(price) FROM bought b WHERE (b.{key}, b.currency) = (facts.key, facts.currency)),
           coalesce((SELECT max(floor((list_price - price) * 100.0 / list_price)) FROM bought b
                     WHERE (b.{key}, b.currency) = (facts.key, facts.currency) AND list_price > price), 0)::int,
           (SELECT min(price) FROM counted c WHERE (c.{key}, c.currency) = (facts.key, facts.currency)),
           (SELECT max(price) FROM counted c WHERE (c.{key}, c.currency) = (facts.key, facts.currency))
    FROM facts
"""
KEPT = """
    SELECT {key}, currency, best_listing_id, price_minor, minimum_minor, maximum_minor, discount::int, lowest_minor, highest_minor
    FROM {table}
"""
AVAILABILITY = """
    SELECT {table}.id FROM {table} WHERE availability <> coalesce((
        SELECT below.availability FROM {below} below WHERE below.{key} = {table}.id {only}
        ORDER BY strpos('IN_STOCK LOW_STOCK PREORDER OUT_OF_STOCK UNKNOWN', below.availability) LIMIT 1
    ), 'UNKNOWN')
"""
VALID = ", ".join(f"CASE WHEN state = 'ACTIVE' THEN listing.{name} END" for name in ("price_minor", "list_price_minor"))


def _difference(key: str, table: str) -> str:
    facts, kept = BEST.format(counted=COUNTED, key=key), KEPT.format(key=key, table=table)
    return f"(({facts}) EXCEPT ({kept})) UNION ALL (({kept}) EXCEPT ({facts}))"


BROKEN = {
    "the best prices of variants": _difference("variant_id", "variant_price"),
    "the best prices of products": _difference("product_id", "product_price"),
    "the availability of variants": AVAILABILITY.format(
        table="product_variant", below="listing", key="variant_id", only="AND state = 'ACTIVE'"
    ),
    "the availability of products": AVAILABILITY.format(
        table="product", below="product_variant", key="product_id", only=""
    ),
    "the history ends with what is true now": f"""
        SELECT id FROM listing LEFT JOIN LATERAL (
            SELECT * FROM price_change WHERE listing_id = id ORDER BY changed_at DESC LIMIT 1
        ) last ON true
        WHERE (last.price_minor, last.list_price_minor) IS DISTINCT FROM ({VALID})
        OR last.currency <> listing.currency""",
    "a change is in the history once": """
        SELECT listing_id FROM (
            SELECT listing_id, ROW(currency, price_minor, list_price_minor) AS now,
                   lag(ROW(currency, price_minor, list_price_minor)) OVER (PARTITION BY listing_id ORDER BY changed_at) AS was
            FROM price_change
        ) changes WHERE now = was""",
    "nothing changes in the future": "SELECT listing_id FROM price_change WHERE changed_at > clock_timestamp()",
}


async def broken(connection: Any) -> dict[str, list[Any]]:
    """Give the rows that break something."""
    found = {name: await connection.fetch(sql) for name, sql in BROKEN.items()}
    return {name: [tuple(row) for row in rows] for name, rows in found.items() if rows}
