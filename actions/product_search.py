"""Keeping the vocabulary of the search small: words that no product has any more, and words that are there twice."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from jobs.kinds import Timer, WorkContext, register_timer

BATCH = 500
# A product that takes up a word meanwhile is not seen, so that its word is not suggested until the product changes.
UNUSED = text("""
    WITH batch AS (SELECT * FROM search_word WHERE (word, product_id) > (:word, :product) ORDER BY word, product_id LIMIT :size),
    gone AS (
        DELETE FROM search_word old USING batch
        WHERE (old.word, old.product_id) = (batch.word, batch.product_id) AND (
            EXISTS (SELECT FROM search_word same WHERE same.word = old.word AND same.product_id < old.product_id)
            OR NOT EXISTS (
                SELECT FROM product_search WHERE product_id = old.product_id AND words @@ quote_literal(old.stem)::tsquery
            ) AND NOT EXISTS (SELECT FROM product_search WHERE words @@ quote_literal(old.stem)::tsquery)
        )
    )
    SELECT word, product_id FROM batch ORDER BY word DESC, product_id DESC LIMIT 1
""")
FIRST = {"word": "", "product": "00000000-0000-0000-0000-000000000000"}


async def delete_unused_words(context: WorkContext) -> None:
    """Go through the vocabulary once, some words at a time, each batch in a transaction of its own."""
    last: dict[str, Any] = dict(FIRST)
    while not context.stopping.is_set():
        async with context.transaction() as tx:
            found = (await tx.exec(UNUSED, params={**last, "size": BATCH})).first()
        if found is None:
            return
        last = {"word": found.word, "product": found.product_id}


register_timer(Timer("product_search.words", timedelta(days=1), delete_unused_words))
