"""How products are found by words: the only place that knows how a text becomes a query, and how matches are ranked.

PostgreSQL computes the query when it plans the statement, so a statement with `matches` needs a custom plan.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, cast, func, literal_column, select

from loaders.page_statements import Branch
from loaders.products import product
from models.columns import columns
from models.product_search import ProductSearch

searched = columns(ProductSearch)

MAX_RANKED = 10_000
"""Of more products that match, those that were added last are ranked."""
WEIGHTS: ColumnElement[Any] = literal_column("'{0.02, 0.1, 0.4, 1}'::float4[]")
SEARCH = bindparam("search", type_=Text)
RANK: ColumnElement[Any] = literal_column("rank", Integer)
ORDER: dict[str, ColumnElement[Any]] = {"rank": RANK, "id": product.id}
"""The keyset of ranked products."""


def _query(kind: str) -> Any:
    return func.search_query(SEARCH, literal_column(f"'{kind}'"))


def matches() -> ColumnElement[bool]:
    """Whether a product has all words of the filter `search`."""
    found: ColumnElement[bool] = product.id.in_(
        select(searched.product_id).where(searched.words.op("@@")(_query("match")))
    )
    return found


def ranked(rows: Select[Any]) -> Branch:
    """Products that match, of those that a SELECT without `matches` gives, with their rank.

    First come those that have all words as they were typed, in title, brand, tags, category or SKU; then those that
    have some only in the description; then those of which a word begins like the last one, or differs by an error.
    """
    words = select(searched.product_id.label("id"), searched.words).where(searched.words.op("@@")(_query("match")))
    if rows.whereclause is not None:
        words = words.where(searched.product_id.in_(rows.with_only_columns(product.id)))
    candidates = words.order_by(searched.product_id.desc()).limit(MAX_RANKED).subquery("candidates")
    tier = sum(cast(candidates.c.words.op("@@")(_query(kind)), Integer) for kind in ("exact", "names"))
    within = cast(func.ts_rank(WEIGHTS, candidates.c.words, _query("any")) * 250_000, Integer)
    rank = tier * 1_000_000 + func.least(999_999, within)
    # As subqueries, the columns are read for the rows of the page only: they are computed after LIMIT.
    others = (column for column in rows.selected_columns if column.name != "id")
    of_product = [
        select(column).where(product.id == candidates.c.id).correlate(candidates).scalar_subquery().label(column.name)
        for column in others
    ]
    columns_of_page = candidates.c.id, *of_product, rank.label("rank")
    return Branch(select(*columns_of_page), {"rank": rank, "id": candidates.c.id})
