"""How products are found by words: the only place that knows how a term becomes a query, and how matches are ranked."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, bindparam, cast, func

from loaders.products import product

QUERY = func.plainto_tsquery("english", bindparam("search", type_=Text))


def matches() -> ColumnElement[bool]:
    """Whether a product has all words of the filter `search`."""
    found: ColumnElement[bool] = product.search.op("@@")(QUERY)
    return found


def rank() -> ColumnElement[Any]:
    """How well a product matches; more is better."""
    return cast(func.ts_rank(product.search, QUERY) * 1_000_000, Integer)
