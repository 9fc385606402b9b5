"""The counts of facets over all products, counted from time to time: counting them for each request takes too long."""

from datetime import timedelta

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from jobs.kinds import Timer, WorkContext, register_timer
from loaders.facet_counts import counts
from loaders.page_statements import PARENT
from loaders.product_pages import Products
from models.columns import columns
from models.facets import FacetCount

EVERY = timedelta(minutes=10)
COLUMNS = ["name", "value", "label", "count"]
kept = columns(FacetCount)


async def keep(context: WorkContext) -> None:
    """Count anew, and write what has changed."""
    found = counts(Products, PARENT, frozenset(), exact=True).cte("found").prefix_with("MATERIALIZED")
    known = tuple_(kept.name, kept.value)
    gone = delete(FacetCount).where(known.not_in(found.select().with_only_columns(found.c.name, found.c.value)))
    fresh = insert(FacetCount).from_select(COLUMNS, select(*(found.c[one] for one in COLUMNS)))
    changed = {"label": fresh.excluded.label, "count": fresh.excluded.count}
    is_other = tuple_(kept.label, kept.count).is_distinct_from(tuple_(*changed.values()))
    write = fresh.on_conflict_do_update(index_elements=[kept.name, kept.value], set_=changed, where=is_other)
    async with context.transaction() as tx:
        await tx.exec(text("SET LOCAL statement_timeout = '60s'"))
        await tx.exec(write.add_cte(gone.cte("gone")))


register_timer(Timer("facets.count", EVERY, keep))
