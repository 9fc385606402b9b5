"""The counts of facets, as SQL.

Facets that leave out the same conditions are counted together, in a pass over the products that meet the others: first
these products, then their variants, then the listings. A facet whose own filter is set has a pass of its own.

If more than MAX_COUNTED products meet the conditions, those of a random sample of all products are counted instead. The
order of the hash of their ids is such a sample, whatever the conditions are.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from loaders import product_filters as filters
from loaders.categories import brand, category
from loaders.listings import listing
from loaders.product_filters import attribute, attribute_value, looks_at_listings, one_of, wanted_attributes
from loaders.product_pages import Products, ProductsOfCategory
from loaders.products import product, variant
from loaders.stores import source, store
from models.categories import Brand, Category
from models.listings import Listing
from models.products import Attribute, Product, ProductVariant
from models.stores import Source, Store

MAX_VALUES = 50
"""How many values a facet has at most."""
MAX_COUNTED, SAMPLE = 5_000, 4_000
"""How many products are counted one by one, and of how many the sample consists if more meet the conditions."""
AVAILABILITY = frozenset({"variant_availability", "listing_availability"})
COLUMNS = "name", "value", "label", "count", "is_estimate"
ONE: sa.ColumnElement[Any] = sa.literal_column("1")
ZERO: sa.ColumnElement[Any] = sa.literal_column("0")


def counts(
    pages: type[Products], parent: sa.ColumnElement[UUID], given: frozenset[str], active: frozenset[str],
    *, exact: bool = False,
) -> sa.Select[Any]:  # fmt: skip
    """Select the name, value, label and count of the most frequent values of each facet, and whether it is an estimate.

    The filters in `active` have a value; those that are only in `given` are null. With `exact`, there is no sample.
    """
    plan = _Plan(pages, parent, given, active, exact=exact)
    found = sa.union_all(*plan.facets()).subquery("found")
    place = sa.func.row_number().over(partition_by=found.c.name, order_by=(found.c.count.desc(), found.c.value))
    ranked = sa.select(*found.c, place.label("place")).subquery("ranked")
    return (
        sa.select(*(ranked.c[name] for name in COLUMNS))
        .where(ranked.c.place <= MAX_VALUES)
        .add_cte(*plan.tables, nest_here=True)
    )


class _Plan:
    """The passes of a statement."""

    def __init__(
        self, pages: type[Products], parent: sa.ColumnElement[UUID], given: frozenset[str], active: frozenset[str],
        *, exact: bool,
    ) -> None:  # fmt: skip
        self.given, self.active, self.exact = given, active, exact
        self.tables: list[Any] = []
        self.store = pages.store(parent)
        self.belongs = pages.belongs(parent)
        if issubclass(pages, ProductsOfCategory):  # reads the subtree once, not for each product
            found = sa.func.array(filters.below(category.id == parent).scalar_subquery())
            tree = sa.select(self.table("tree", sa.select(found.label("ids"))).c.ids)
            ids = sa.cast(tree.scalar_subquery(), sa.ARRAY(sa.Uuid()))  # otherwise ANY would take it as rows
            self.belongs = [product.category_id == sa.any_(ids)]
        self.passes: dict[frozenset[str], _Pass] = {}
        if not exact:
            number = sa.func.uuid_hash(product.id)
            rows = sa.select(product.id, number.label("number")).order_by(number).limit(SAMPLE)
            self.candidates = self.table("candidates", rows)

    def table(self, name: str, rows: Any) -> Any:
        """Compute rows once for all who read them."""
        table = rows.cte(name).prefix_with("MATERIALIZED")
        self.tables.append(table)
        return table

    def without(self, *own: str) -> "_Pass":
        """Find the pass that leaves out these filters."""
        key = frozenset(own) & self.active
        if key not in self.passes:
            self.passes[key] = _Pass(self, key, len(self.passes))
        return self.passes[key]

    def facets(self) -> Iterator[sa.Select[Any]]:
        """Select the values of each facet."""
        yield self.without("brands").brands()
        yield self.without("category").categories()
        yield self.without("colors").colors()
        yield self.without("sizes").sizes()
        # A condition on the availability looks at the listing as soon as another condition does.
        yield self.without("stores", "variant_availability").of_listings("store", Store, store, listing.store_id)
        yield self.without("sources", "variant_availability").of_listings("source", Source, source, listing.source_id)
        yield self.without(*AVAILABILITY).availability()
        yield self.without().attributes("attributes", wanted=False)
        if "attributes" in self.active:
            yield self.without("attributes").attributes("wanted", wanted=True)


class _Pass:
    """The products that meet all conditions but those that are left out, with their variants and listings."""

    def __init__(self, plan: _Plan, without: frozenset[str], number: int) -> None:
        self.plan, self.without, self.number = plan, without, number
        self.given, self.active = plan.given, plan.active
        rows: Any = sa.select(product.id, product.brand_id, product.category_id).select_from(Product)
        matched = rows.where(*plan.belongs, *filters.conditions(plan.given, plan.store, without))
        if plan.exact:
            self.products = self.table("products", matched)
            self.part: Any = sa.literal_column("1", sa.Float)
        else:
            self.products, self.part = self.counted(rows, self.table("matched", matched.limit(MAX_COUNTED + 1)))
        self._variants: Any = None
        self._listings: Any = None

    def table(self, name: str, rows: Any) -> Any:
        return self.plan.table(f"{name}{self.number}", rows)

    def counted(self, rows: Any, matched: Any) -> Any:
        """Select the products to count, and what part they are of all: those of the sample, if all are too many."""
        candidates = self.plan.candidates
        size = self.table("size", sa.select((sa.func.count() <= MAX_COUNTED).label("is_small")).select_from(matched))
        is_small = sa.select(size.c.is_small).scalar_subquery()
        one = rows.where(
            product.id == candidates.c.id, *self.plan.belongs, *filters.of_product(self.given, self.without)
        )
        variants = self.of_variant(self.without)
        has_listing = looks_at_listings(self.given, self.plan.store)
        if variants or has_listing:
            offered: Any = sa.select(ONE).select_from(ProductVariant)
            if has_listing:
                offered = offered.join(Listing, listing.variant_id == variant.id)
                offered = offered.where(*filters.of_listing(self.given, self.plan.store, self.without))
            # OFFSET keeps it a question for one product at a time, which is answered by indexes.
            one = one.where(offered.where(variant.product_id == product.id, *variants).offset(ZERO).exists())
        each = one.offset(ZERO).lateral("one")
        sampled = sa.select(*each.c).select_from(candidates.join(each, sa.true())).where(~is_small)
        products = self.table("products", sa.union_all(sa.select(*matched.c).where(is_small), sampled))
        part = sa.select((sa.func.max(candidates.c.number) + 2147483649.0) / 4294967296.0).scalar_subquery()
        one_or_part = sa.func.coalesce(
            sa.select(sa.literal_column("1.0", sa.Float)).where(is_small).scalar_subquery(), part
        )
        return products, sa.select(self.table("part", sa.select(one_or_part.label("part"))).c.part).scalar_subquery()

    def of_variant(self, without: frozenset[str]) -> list[sa.ColumnElement[bool]]:
        """The conditions on a variant, as questions for one at a time."""
        found = filters.of_variant(self.given, without | {"attributes"})
        if "attributes" in self.given and "attributes" not in without:
            found.append(~filters.lacks())
        return found

    @property
    def variants(self) -> Any:
        """The variants, whatever their availability."""
        if self._variants is None:
            rows = sa.select(
                variant.id, variant.product_id, variant.color_primary, variant.color_secondary, variant.size_label,
                variant.availability,
            )  # fmt: skip
            rows = rows.where(
                variant.product_id == self.products.c.id, *self.of_variant(self.without | {"variant_availability"})
            )
            each = (rows if self.plan.exact else rows.offset(ZERO)).lateral("each")
            self._variants = self.table("variants", sa.select(*each.c).select_from(self.products.join(each, sa.true())))
        return self._variants

    @property
    def listings(self) -> Any:
        """The listings of these variants that meet the conditions."""
        if self._listings is None:
            of = self.variants
            rows = sa.select(listing.variant_id, listing.store_id, listing.source_id, listing.availability).where(
                listing.variant_id == of.c.id, *filters.of_listing(self.given, self.plan.store, self.without)
            )
            if "currency" in self.given:
                rows = rows.where(listing.currency == sa.bindparam("currency", type_=sa.Text))
            each = (rows if self.plan.exact else rows.offset(ZERO)).lateral("each")
            kept = (each.c[name] for name in ("variant_id", "store_id", "source_id", "availability"))
            rows = sa.select(of.c.product_id, *kept).select_from(of.join(each, sa.true()))
            self._listings = self.table("listings", rows)
        return self._listings

    def offered(self) -> tuple[Any, list[Any]]:
        """The variants that meet all conditions, as a table and conditions on it."""
        of, found = self.variants, []
        if "variant_availability" in self.given and "variant_availability" not in self.without:
            found.append(one_of("variant_availability", of.c.availability, sa.Text()))
        if looks_at_listings(self.given, self.plan.store):
            found.append(of.c.id.in_(sa.select(self.listings.c.variant_id)))
        return of, found

    def estimate(self, count: Any) -> list[Any]:
        """The columns of a count, of a sample for all."""
        if self.plan.exact:
            return [count.label("count"), sa.literal_column("false", sa.Boolean).label("is_estimate")]
        whole = sa.func.round(sa.cast(count, sa.Float) / self.part)
        return [
            sa.cast(whole, sa.BigInteger).label("count"),
            (self.part < sa.literal_column("1.0", sa.Float)).label("is_estimate"),
        ]

    def values(self, name: str, value: Any, rows: Any) -> sa.Select[Any]:
        """Count the products of each value, whose label it is itself."""
        found = self.distinct(name, value, rows)
        return self.facet(name, found.c.value, found.c.value, found.c.count)

    def distinct(self, name: str, value: Any, rows: Any) -> Any:
        pairs = rows.add_columns(value.label("value")).distinct().subquery(f"pairs_of_{name}{self.number}")
        counted = sa.select(pairs.c.value, sa.func.count().label("count")).where(pairs.c.value.is_not(None))
        return counted.group_by(pairs.c.value).subquery(f"of_{name}{self.number}")

    def facet(self, name: Any, value: Any, label: Any, count: Any) -> sa.Select[Any]:
        kind = sa.literal_column(f"'{name}'", sa.Text) if isinstance(name, str) else name
        texts = (sa.cast(one, sa.Text) for one in (kind, value, label))
        named: list[Any] = [one.label(key) for one, key in zip(texts, COLUMNS[:3], strict=True)]
        return sa.select(*named, *self.estimate(count))

    def brands(self) -> sa.Select[Any]:
        rows = sa.select(self.products.c.brand_id.label("value"), sa.func.count().label("count"))
        found = rows.group_by(self.products.c.brand_id).subquery("of_brands")
        return self.facet("brand", brand.id, brand.name, found.c.count).join(Brand, brand.id == found.c.value)

    def categories(self) -> sa.Select[Any]:
        """A product counts in its category and in all above it. UNION removes duplicates, so that a cycle ends."""
        of = self.products.c.category_id
        rows = sa.select(of.label("id"), sa.func.count().label("count")).where(of.is_not(None)).group_by(of)
        found = rows.subquery("of_categories")
        above = sa.select(found.c.id, found.c.id.label("start"), found.c.count).cte(
            "above", recursive=True, nesting=True
        )
        climb = sa.select(category.parent_id, above.c.start, above.c.count).join(above, category.id == above.c.id)
        above = above.union(climb.where(category.parent_id.is_not(None)))
        sums = sa.select(above.c.id, sa.cast(sa.func.sum(above.c.count), sa.BigInteger).label("count")).group_by(
            above.c.id
        )
        total = sums.subquery("of_trees")
        return self.facet("category", category.slug, category.name, total.c.count).join(
            Category, category.id == total.c.id
        )

    def of_listings(self, name: str, entity: Any, columns: Any, key: Any) -> sa.Select[Any]:
        """Stores or sources."""
        rows = self.listing_rows()
        found = self.distinct(name, self.listings.c[key.key], rows)
        return self.facet(name, columns.id, columns.name, found.c.count).join(entity, columns.id == found.c.value)

    def listing_rows(self) -> sa.Select[Any]:
        """The listings that meet all conditions. One on the availability looks at the listing, if the store is chosen."""
        rows: sa.Select[Any] = sa.select(self.listings.c.product_id)
        if "variant_availability" in self.active:
            rows = rows.where(one_of("variant_availability", self.listings.c.availability, sa.Text()))
        return rows

    def colors(self) -> sa.Select[Any]:
        of, met = self.offered()
        both = sa.func.unnest(array([sa.func.lower(of.c.color_primary), sa.func.lower(of.c.color_secondary)]))
        return self.values("color", both, sa.select(of.c.product_id).where(*met))

    def sizes(self) -> sa.Select[Any]:
        of, met = self.offered()
        return self.values("size", of.c.size_label, sa.select(of.c.product_id).where(*met))

    def availability(self) -> sa.Select[Any]:
        if looks_at_listings(self.given, self.plan.store) or "currency" in self.given:
            rows = sa.select(self.listings.c.product_id)
            return self.values("availability", sa.cast(self.listings.c.availability, sa.Text), rows)
        of, met = self.offered()
        return self.values("availability", sa.cast(of.c.availability, sa.Text), sa.select(of.c.product_id).where(*met))

    def attributes(self, name: str, *, wanted: bool) -> sa.Select[Any]:
        """Those that the filter names, each without its own condition, or those that it does not name."""
        of, met = self.offered()
        each = sa.select(attribute_value.attribute_id, attribute_value.value).where(
            attribute_value.variant_id == of.c.id
        )
        value = (each if self.plan.exact else each.offset(ZERO)).lateral("value")
        joined = of.join(value, sa.true()).join(Attribute, attribute.id == value.c.attribute_id)
        rows = sa.select(of.c.product_id, attribute.name, value.c.value).select_from(joined).where(*met)
        if "attributes" in self.given:
            one = wanted_attributes()
            is_wanted = sa.select(ONE).select_from(one).where(one.c.name == attribute.name).exists()
            rows = rows.where(is_wanted if wanted else ~is_wanted)
        if wanted:
            rows = rows.where(~filters.lacks(of.c.id, other_than=attribute.name))
        pairs = rows.distinct().subquery(f"pairs_of_{name}")
        counted = sa.select(pairs.c.name, pairs.c.value, sa.func.count().label("count")).group_by(
            pairs.c.name, pairs.c.value
        )
        found = counted.subquery(f"of_{name}")
        return self.facet(found.c.name, found.c.value, found.c.value, found.c.count)
