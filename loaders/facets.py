"""Facets: how many products each value of a filter would leave, beside the other filters that are set.

The count of a value is the `totalCount` that the list would have with this value instead of those of its own facet. So
each facet is counted over the conditions of the others, with all facets of all parents in one statement.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, true

from auth.viewer import Viewer
from database.reads import Reads
from database.statements import Statement
from loaders.batches import UUID_KEYS, UUID_TABLE, BatchLoader, compile_statement
from loaders.categories import category
from loaders.facet_counts import counts
from loaders.facet_labels import category_label
from loaders.page_statements import PARENT
from loaders.pages import NO_PARENT, Filters
from loaders.product_filters import complete
from loaders.product_pages import Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore
from models.categories import Category
from models.columns import columns
from models.facets import FacetCount

LISTS = ProductsOfBrand, ProductsOfCategory, ProductsOfStore, Products
"""The lists of products whatever their order, those of all products last."""
kept = columns(FacetCount)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """How many products a value of a facet leaves."""

    name: str
    """Of the facet."""
    value: str
    label: str
    count: int
    is_estimate: bool


class FacetLoader(BatchLoader[UUID, list[FacetValue]]):
    """Loads the values of all facets of lists of products, those of a facet together, the most frequent first."""

    def __init__(self, reads: Reads, viewer: Viewer, pages: type[Products], filters: Filters) -> None:
        super().__init__(reads, viewer)
        self.pages = pages
        self.filters = filters

    async def batch_load_fn(self, keys: list[UUID]) -> list[list[FacetValue]]:
        found: list[list[FacetValue]] = [[] for _ in keys]
        if keys == [NO_PARENT] and not self.filters:
            rows = await self.reads.rows(kept_statement(), keys=keys)
            if rows:
                return [[FacetValue(*row[1:]) for row in rows]]
        pages: Any = next(base for base in LISTS if issubclass(self.pages, base))
        parameters = complete(dict(self.filters))
        statement = facet_statement(pages, frozenset(dict(self.filters)))
        for row in await self.reads.rows(statement, keys=keys, **parameters):
            found[row[0] - 1].append(FacetValue(*row[1:]))
        return found


@lru_cache(maxsize=1)
def kept_statement() -> Statement:
    """Compile the statement that reads the counts of all products, which a timer keeps."""
    is_estimate: Any = literal_column("false").label("is_estimate")
    is_category = (kept.name == literal_column("'category'")) & (category.slug == kept.value)
    label = category_label(kept.label).label("label")
    rows = select(UUID_TABLE.ordinality, kept.name, kept.value, label, kept.count, is_estimate)
    rows = rows.select_from(UUID_KEYS.table.join(FacetCount, true()).outerjoin(Category, is_category))
    rows = rows.order_by(kept.name, kept.count.desc(), kept.value)
    return compile_statement(FacetLoader, rows, "FacetValue")


@lru_cache(maxsize=256)
def facet_statement(pages: Any, active: frozenset[str]) -> Statement:
    """Compile the statement for a list and the filters that are set."""
    counted = counts(pages, PARENT, active).lateral("facets")
    rows = select(UUID_TABLE.ordinality, *counted.c).select_from(UUID_KEYS.table.join(counted, true()))
    rows = rows.order_by(UUID_TABLE.ordinality, counted.c.name, counted.c.count.desc(), counted.c.value)
    return compile_statement(FacetLoader, rows, "FacetValue", custom_plan=True)
