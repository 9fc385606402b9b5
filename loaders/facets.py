"""Facets: how many products each value of a filter would leave, beside the other filters that are set.

The count of a value is the `totalCount` that the list would have with this value instead of those of its own facet. So
each facet is counted over the conditions of the others, with all facets of all parents in one statement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import array

from auth.viewer import Viewer
from database.reads import Reads
from database.statements import Statement
from loaders.batches import UUID_KEYS, UUID_TABLE, BatchLoader, compile_statement
from loaders.categories import brand, category
from loaders.listings import listing
from loaders.pages import NO_PARENT, PARENT, Filters
from loaders.product_filters import (
    attribute,
    attribute_value,
    complete,
    conditions,
    looks_at_listings,
    of_listing,
    of_product,
    of_variant,
    one_of,
    wanted_attributes,
)
from loaders.product_pages import Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore
from loaders.products import product, variant
from loaders.stores import source, store
from models.categories import Brand, Category
from models.columns import alias, columns
from models.facets import FacetCount
from models.listings import Listing
from models.products import Attribute, AttributeValue, Product, ProductVariant
from models.stores import Source, Store

MAX_VALUES = 50
"""How many values a facet has at most."""
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
        statement = facet_statement(pages, frozenset(parameters))
        for row in await self.reads.rows(statement, keys=keys, **parameters):
            found[row[0] - 1].append(FacetValue(*row[1:]))
        return found


@lru_cache(maxsize=1)
def kept_statement() -> Statement:
    """Compile the statement that reads the counts of all products, which a timer keeps."""
    rows = select(UUID_TABLE.ordinality, kept.name, kept.value, kept.label, kept.count)
    rows = rows.select_from(UUID_KEYS.table.join(FacetCount, true())).order_by(kept.name, kept.count.desc(), kept.value)
    return compile_statement(FacetLoader, rows, "FacetValue")


@lru_cache(maxsize=256)
def facet_statement(pages: Any, given: frozenset[str]) -> Statement:
    """Compile the statement for a list and the filters that are set."""
    counted = counts(pages, PARENT, given).lateral("facets")
    rows = select(UUID_TABLE.ordinality, *counted.c).select_from(UUID_KEYS.table.join(counted, true()))
    rows = rows.order_by(UUID_TABLE.ordinality, counted.c.name, counted.c.count.desc(), counted.c.value)
    return compile_statement(FacetLoader, rows, "FacetValue", custom_plan=bool(given))


def counts(pages: type[Products], parent: ColumnElement[UUID], given: frozenset[str]) -> Select[Any]:
    """Select the name, value, label and count of the most frequent values of each facet."""
    over = _Conditions(pages, parent, given)
    parts = [_brands(over), _categories(over), _stores(over), _sources(over)]
    parts += [_colors(over), _sizes(over), _availability(over), *_attributes(over)]
    found = union_all(*parts).subquery("found")
    place = func.row_number().over(partition_by=found.c.name, order_by=(found.c.count.desc(), found.c.value))
    ranked = select(*found.c, place.label("place")).subquery("ranked")
    return select(*(ranked.c[name] for name in ("name", "value", "label", "count"))).where(ranked.c.place <= MAX_VALUES)


class _Conditions:
    """The conditions of a list, from which each facet leaves out its own."""

    def __init__(self, pages: type[Products], parent: ColumnElement[UUID], given: frozenset[str]) -> None:
        self.given = given
        self.store = pages.store(parent)
        self.belongs = pages.belongs(parent)

    def products(self, *own: str) -> list[ColumnElement[bool]]:
        """Of a product."""
        return [*self.belongs, *conditions(self.given, self.store, frozenset(own))]

    def of_variants(self, value: Any, *own: str) -> Select[Any]:
        """Select a value of each variant that meets the conditions, with its product."""
        without = frozenset(own)
        rows = select(value.label("value"), product.id.label("product_id")).select_from(Product)
        rows = rows.join(ProductVariant, variant.product_id == product.id)
        rows = rows.where(*self.belongs, *of_product(self.given, without), *of_variant(self.given, without))
        if looks_at_listings(self.given, self.store):
            sold: Select[Any] = select(literal_column("1")).select_from(Listing).where(listing.variant_id == variant.id)
            rows = rows.where(sold.where(*of_listing(self.given, self.store, without)).exists())
        return rows

    def of_listings(self, value: Any, *own: str) -> Select[Any]:
        """Select a value of each listing that meets the conditions, with its product."""
        # A condition on the availability looks at the listing as soon as another condition does.
        without = frozenset(own) | {"variant_availability"}
        rows = select(value.label("value"), product.id.label("product_id")).select_from(Product)
        rows = rows.join(ProductVariant, variant.product_id == product.id)
        rows = rows.join(Listing, listing.variant_id == variant.id)
        rows = rows.where(
            *self.belongs,
            *of_product(self.given, without),
            *of_variant(self.given, without),
            *of_listing(self.given, self.store, without),
        )
        if "currency" in self.given:
            rows = rows.where(listing.currency == bindparam("currency", type_=Text))
        if "variant_availability" in self.given and "variant_availability" not in own:
            rows = rows.where(one_of("variant_availability", listing.availability, Text()))
        return rows


def _distinct(name: Any, rows: Select[Any]) -> Any:
    """Count the distinct products of each value."""
    pairs = rows.distinct().subquery("pairs")
    counted = select(pairs.c.value, func.count().label("count")).where(pairs.c.value.is_not(None))
    return counted.group_by(pairs.c.value).subquery(f"of_{name}")


def _plain(name: str, rows: Select[Any]) -> Select[Any]:
    """A facet whose values need no other label."""
    found = _distinct(name, rows)
    return _part(name, found.c.value, found.c.value, found.c.count)


def _part(name: Any, value: Any, label: Any, count: Any) -> Select[Any]:
    kind = literal_column(f"'{name}'", Text) if isinstance(name, str) else name
    texts = (cast(one, Text) for one in (kind, value, label))
    named: list[Any] = [one.label(key) for one, key in zip(texts, ("name", "value", "label"), strict=True)]
    return select(*named, count.label("count"))


def _brands(over: _Conditions) -> Select[Any]:
    rows = select(product.brand_id.label("value"), func.count().label("count")).select_from(Product)
    found = rows.where(*over.products("brands")).group_by(product.brand_id).subquery("of_brands")
    return _part("brand", brand.id, brand.name, found.c.count).join(Brand, brand.id == found.c.value)


def _categories(over: _Conditions) -> Select[Any]:
    """A product counts in its category and in all above it. UNION removes duplicates, so that a cycle ends."""
    rows = select(product.category_id.label("id"), func.count().label("count")).select_from(Product)
    rows = rows.where(*over.products("category"), product.category_id.is_not(None)).group_by(product.category_id)
    found = rows.subquery("of_categories")
    above = select(found.c.id, found.c.id.label("start"), found.c.count).cte("above", recursive=True, nesting=True)
    climb = select(category.parent_id, above.c.start, above.c.count).join(above, category.id == above.c.id)
    above = above.union(climb.where(category.parent_id.is_not(None)))
    total = select(above.c.id, func.sum(above.c.count).label("count")).group_by(above.c.id).subquery("of_trees")
    return _part("category", category.slug, category.name, total.c.count).join(Category, category.id == total.c.id)


def _stores(over: _Conditions) -> Select[Any]:
    found = _distinct("stores", over.of_listings(listing.store_id, "stores"))
    return _part("store", store.id, store.name, found.c.count).join(Store, store.id == found.c.value)


def _sources(over: _Conditions) -> Select[Any]:
    found = _distinct("sources", over.of_listings(listing.source_id, "sources"))
    return _part("source", source.id, source.name, found.c.count).join(Source, source.id == found.c.value)


def _colors(over: _Conditions) -> Select[Any]:
    both = func.unnest(array([func.lower(variant.color_primary), func.lower(variant.color_secondary)]))
    return _plain("color", over.of_variants(both, "colors"))


def _sizes(over: _Conditions) -> Select[Any]:
    return _plain("size", over.of_variants(variant.size_label, "sizes"))


def _availability(over: _Conditions) -> Select[Any]:
    own = "variant_availability", "listing_availability"
    if looks_at_listings(over.given, over.store) or "currency" in over.given:
        return _plain("availability", over.of_listings(cast(listing.availability, Text), *own))
    return _plain("availability", over.of_variants(cast(variant.availability, Text), *own))


def _attributes(over: _Conditions) -> Iterator[Select[Any]]:
    """Those that the filter does not name, and those that it does, which leave out their own conditions."""
    yield _of_attributes("attributes", over, over.of_variants(attribute_value.value), wanted=False)
    if "attributes" in over.given:
        yield _of_attributes("wanted", over, over.of_variants(attribute_value.value, "attributes"), wanted=True)


def _of_attributes(name: str, over: _Conditions, rows: Select[Any], *, wanted: bool) -> Select[Any]:
    rows = rows.join(AttributeValue, attribute_value.variant_id == variant.id)
    rows = rows.join(Attribute, attribute.id == attribute_value.attribute_id).add_columns(attribute.name.label("name"))
    if "attributes" in over.given:
        one = wanted_attributes()
        is_wanted = select(literal_column("1")).select_from(one).where(one.c.name == attribute.name).exists()
        rows = rows.where(is_wanted if wanted else ~is_wanted)
    if wanted:
        rows = rows.where(~_unmet())
    pairs = rows.distinct().subquery(f"pairs_of_{name}")
    counted = select(pairs.c.name, pairs.c.value, func.count().label("count")).group_by(pairs.c.name, pairs.c.value)
    found = counted.subquery(f"of_{name}")
    return _part(found.c.name, found.c.value, found.c.value, found.c.count)


def _unmet() -> ColumnElement[bool]:
    """Whether a variant lacks a wanted attribute other than the one that is counted."""
    one, other = wanted_attributes("one"), wanted_attributes("other")
    value, name = alias(AttributeValue), alias(Attribute)
    has: Select[Any] = select(literal_column("1")).where(
        value.variant_id == variant.id,
        name.id == value.attribute_id,
        other.c.number == one.c.number,
        name.name == other.c.name,
        value.value == other.c.value,
    )
    lacking: Select[Any] = select(literal_column("1")).select_from(one)
    return lacking.where(
        one.c.name != attribute.name, ~has.correlate_except(value.id.table, name.id.table, other).exists()
    ).exists()
