"""How popular products are, counted from time to time: a count in the transaction of each wish would tell who wishes.

It is the number of customers who have a product on a wishlist, rounded down to a multiple of five, so that neither an
order of products nor a change of it tells what one person has put on a private list.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from jobs.kinds import Timer, WorkContext, register_timer

EVERY = timedelta(hours=1)
STEP = 5
BATCH = 1_000
CHANGED = text("""
    SELECT product.id FROM product LEFT JOIN (
        SELECT product_id, count(DISTINCT owner_id) / :step * :step AS popularity
        FROM wishlist_item item
        JOIN wishlist ON wishlist.id = item.wishlist_id
        JOIN product_variant variant ON variant.id = item.variant_id
        GROUP BY product_id
    ) found ON found.product_id = product.id
    WHERE product.popularity <> coalesce(found.popularity, 0) ORDER BY product.id
""")
LOCK = text("SELECT FROM product WHERE id = ANY (:products) ORDER BY id FOR NO KEY UPDATE")
WRITE = text("""
    UPDATE product SET popularity = found.popularity FROM (
        SELECT product.id, count(DISTINCT owner_id) / :step * :step AS popularity
        FROM product
        LEFT JOIN product_variant variant ON variant.product_id = product.id
        LEFT JOIN wishlist_item item ON item.variant_id = variant.id
        LEFT JOIN wishlist ON wishlist.id = item.wishlist_id
        WHERE product.id = ANY (:products) GROUP BY product.id
    ) found
    WHERE found.id = product.id AND product.popularity <> found.popularity
""")


async def count(context: WorkContext) -> None:
    """Count anew, and write what has changed, some products at a time, which are locked in the order of their ids."""
    async with context.transaction() as tx:
        await tx.exec(text("SET LOCAL statement_timeout = '60s'"))
        found: Any = await tx.exec(CHANGED.bindparams(step=STEP))
        products = found.scalars()
    for start in range(0, len(products), BATCH):
        if context.stopping.is_set():
            return
        async with context.transaction() as tx:
            some = products[start : start + BATCH]
            await tx.exec(LOCK.bindparams(products=some))
            await tx.exec(WRITE.bindparams(products=some, step=STEP))


register_timer(Timer("products.popularity", EVERY, count))
