"""The counts of facets, as SQL, from the values that each product has (`loaders/facet_rows.py`).

Products are read once, whatever the number of passes: each condition is found once for a product, and a value of it is
counted if the conditions of the pass of its facet are met.

The passes over few products are counted exactly, all together over at most MAX_COUNTED. The others are counted over a
random sample of all products. The order of the hash of their ids is such a sample, whatever the conditions are.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from loaders import facet_rows
from loaders.categories import category
from loaders.facet_labels import labelled
from loaders.facet_passes import Pass, condition, find_passes
from loaders.facet_products import FacetProducts, OfProduct
from loaders.facet_rows import WANTED, code, kind_of, number, row
from loaders.product_filters import attribute, below
from loaders.product_pages import Products, ProductsOfCategory
from loaders.products import product
from models.categories import Category
from models.facets import FacetCode, FacetKind
from models.products import Attribute

MAX_VALUES = 50
"""How many values a facet has at most."""
MAX_COUNTED, SAMPLE = 10_000, 8_000
"""How many products are counted one by one, and of how many the sample consists if about more meet the conditions."""
MAX_READ = 300_000
"""The same, where only the brand or the category is read of each."""
DECIDING = 500
"""Of how many products of the sample it is first asked whether they meet the conditions."""
NAMES = {
    FacetKind.BRAND: "brand", FacetKind.COLOR: "color", FacetKind.SIZE: "size", FacetKind.STORE: "store",
    FacetKind.SOURCE: "source", FacetKind.VARIANT_AVAILABILITY: "availability",
    FacetKind.LISTING_AVAILABILITY: "availability", FacetKind.CATEGORY: "category",
}  # fmt: skip
COLUMNS = "name", "value", "label", "count", "is_estimate"
WHOLE: sa.ColumnElement[float] = sa.literal_column("1.0::float8", sa.Float)


def counts(
    pages: type[Products], parent: sa.ColumnElement[UUID], active: frozenset[str], *, exact: bool = False
) -> sa.Select[Any]:
    """Select the name, value, label and count of the most frequent values of each facet, and whether it is an estimate.

    The filters in `active` are set. With `exact`, there is no sample.
    """
    plan = _Plan(pages, parent, active, exact=exact)
    values = sa.union_all(*plan.values()).subquery("found")
    count = sa.cast(sa.func.sum(values.c.count), sa.BigInteger)
    found = sa.select(values.c.kind, values.c.name, values.c.value, count.label("count"), values.c.is_estimate)
    found = found.group_by(values.c.kind, values.c.name, values.c.value, values.c.is_estimate)
    summed = found.subquery("summed")
    place = sa.func.row_number().over(partition_by=summed.c.name, order_by=(summed.c.count.desc(), summed.c.value))
    ranked = sa.select(*summed.c, place.label("place")).subquery("ranked")
    kept = sa.select(*ranked.c).where(ranked.c.place <= number(MAX_VALUES)).subquery("kept")
    return labelled(kept).add_cte(*plan.tables, nest_here=True)


class _Plan:
    """The parts of a statement."""

    def __init__(
        self, pages: type[Products], parent: sa.ColumnElement[UUID], active: frozenset[str], *, exact: bool
    ) -> None:
        self.exact = exact
        self.tables: list[Any] = [WANTED] if "attributes" in active else []
        belongs: list[OfProduct] = []
        if issubclass(pages, ProductsOfCategory):  # reads the subtree once, not for each product
            ids = self.value("tree", sa.func.array(below(category.id == parent).scalar_subquery()), sa.ARRAY(sa.Uuid()))
            codes = self.value("of_tree", facet_rows.codes_of(FacetKind.CATEGORY, ids), facet_rows.CODES)
            belongs = [OfProduct(product.category_id == sa.any_(ids), row.category == sa.any_(codes))]
        elif found := pages.belongs(parent):
            brands = sa.func.array_append(sa.literal_column("NULL::uuid[]"), parent)
            codes = self.value("of_brand", facet_rows.codes_of(FacetKind.BRAND, brands), facet_rows.CODES)
            belongs = [OfProduct(sa.and_(*found), row.brand == sa.any_(codes))]
        store: Any = None
        if (key := pages.store(parent)) is not None:
            names = sa.func.array_append(sa.literal_column("NULL::uuid[]"), key)
            wanted = facet_rows.codes_of(FacetKind.STORE, names)
            store = self.value("of_store", wanted, facet_rows.CODES)
        self.passes = find_passes(active, has_store=store is not None)
        names_used = dict.fromkeys(name for one in self.passes for name in one.conditions)
        conditions = {name: condition(name, active, store) for name in names_used}
        self.products = FacetProducts(belongs, active, self.passes, conditions)
        self.places: tuple[Any, Any] | None = None
        if "attributes" in active:
            self.places = (
                self.value("named_codes", facet_rows.named_codes("id"), facet_rows.CODES),
                self.value("named_places", facet_rows.named_codes("place"), facet_rows.CODES),
            )
        self.small: dict[Pass, Any] = dict.fromkeys(self.passes, sa.true())
        if not exact:
            deciding, part = self.random("deciding", DECIDING)
            self.sample, self.part = self.random("sample", SAMPLE)
            self.small = self.decided(deciding, part)

    def table(self, name: str, rows: Any) -> Any:
        """Compute rows once for all who read them."""
        table = rows.cte(name).prefix_with("MATERIALIZED")
        self.tables.append(table)
        return table

    def value(self, name: str, value: Any, kind: Any) -> Any:
        """Compute a value once."""
        found = sa.select(self.table(name, sa.select(value.label("value"))).c.value)
        return sa.func.coalesce(found.scalar_subquery(), type_=kind)  # otherwise ANY would take an array as rows

    def random(self, name: str, size: int) -> tuple[Any, Any]:
        """Choose products by lot; gives a table of their ids, and what part they are of all."""
        hashed = sa.func.uuid_hash(product.id)
        rows = self.table(name, sa.select(product.id, hashed.label("hash")).order_by(hashed).limit(number(size)))
        reached = (sa.func.max(rows.c.hash) + sa.literal_column("2147483649.0::float8")) / sa.literal_column(
            "4294967296.0"
        )
        part = sa.case((sa.func.count() < number(size), WHOLE), else_=reached)
        return rows, self.value(f"part_of_{name}", sa.select(part).select_from(rows).scalar_subquery(), sa.Float)

    def decided(self, lot: Any, part: Any) -> dict[Pass, Any]:
        """Whether each pass is counted exactly: the smallest first, as long as all of them are few enough together.

        The first pass is part of all others.
        """
        rows = self.products.of(lot, dict.fromkeys(self.passes, sa.true()))
        met = {one: sa.func.count().filter(self.products.meets(rows, one)) for one in self.passes}
        likely = sa.select(*(count.label(f"n{one.number}") for one, count in met.items())).subquery("likely")
        found = {one: likely.c[f"n{one.number}"] for one in self.passes}
        first, *others = (one for one in self.passes if not one.has_one_value)
        most = sa.cast(number(MAX_COUNTED), sa.Float) * part
        small: dict[Pass, Any] = {
            one: found[one] <= number(MAX_READ) * part for one in self.passes if one.has_one_value
        }
        small[first] = found[first] <= most
        for one in others:
            smaller = (sa.case((found[other] <= found[one], found[other]), else_=number(0)) for other in others)
            small[one] = sum(smaller, number(0)) <= most
        table = self.table("small", sa.select(*(small[one].label(f"s{one.number}") for one in self.passes)))
        return {one: sa.select(table.c[f"s{one.number}"]).scalar_subquery() for one in self.passes}

    def values(self) -> list[sa.Select[Any]]:
        """Select the values of each facet: kind, name, value and count."""
        self.direct = [] if self.exact else [one for one in self.passes if one.has_one_value]
        counted = [
            self.counted("exact", self.products.of(None if self.exact else self.candidates()), self.small, WHOLE)
        ]
        if not self.exact:
            large = {one: sa.not_(small) for one, small in self.small.items()}
            counted.append(self.counted("sampled", self.products.of(self.sample, large), large, self.part))
        all_counted = sa.union_all(*(sa.select(*one.c) for one in counted)).subquery("counted")
        found = [self.named(all_counted), self.categories(all_counted)]
        for one in self.direct:
            if one.kinds == (FacetKind.BRAND,):
                rows = self.products.direct(one, product.brand_id, self.small[one]).subquery("of_brands")
                kind, name = number(FacetKind.BRAND), sa.literal_column("'brand'", sa.Text)
                value = sa.cast(rows.c.id, sa.Text).label("value")
                found.append(sa.select(kind, name, value, rows.c.count, sa.false()))
        return found

    def candidates(self) -> Any:
        """The products to count exactly. Those of a pass are among those of each that has fewer conditions."""
        passes = [one for one in self.passes if one not in self.direct]
        chosen = {
            one: sa.and_(self.small[one], *(sa.not_(self.small[other]) for other in passes if other.contains(one)))
            for one in passes
        }
        some = self.products.ids(chosen)
        return self.table("candidates", sa.union(*some) if len(some) > 1 else some[0])

    def counted(self, name: str, rows: Any, chosen: dict[Pass, Any], part: Any) -> Any:
        """Count the products that have each code, in the passes that are chosen."""
        passes = [one for one in self.passes if name == "sampled" or one not in self.direct]
        some = sa.or_(*(sa.and_(chosen[one], self.products.meets(rows, one)) for one in passes))
        # As a table of its own, since counting what costs so much the planner would rather sort.
        kept = self.table(f"products_{name}", sa.select(*rows.c).where(some))
        values: Any = sa.select(*kept.c, sa.func.unnest(kept.c.codes).label("code"))
        if any(one.is_conditional for one in self.passes):
            values = values.add_columns(sa.func.unnest(kept.c.bits, type_=facet_rows.BITS).label("bit"))
        each = values.subquery(f"each_{name}")

        def counts_in(one: Pass) -> Any:
            return sa.and_(chosen[one], self.products.has(each, one)) if one in passes else sa.false()

        first, *others = self.passes
        of_kinds: list[Any] = [
            (kind_of(each.c.code) == number(kind), counts_in(one)) for one in others for kind in one.kinds
        ]
        if self.places:
            (wanted,) = (one for one in others if one.is_of_attributes)
            codes, places = self.places
            place = places[sa.func.array_position(codes, each.c.code)]
            is_named = sa.and_(kind_of(each.c.code) == number(FacetKind.ATTRIBUTE), each.c.code == sa.any_(codes))
            met = sa.type_coerce(each.c.others, sa.ARRAY(facet_rows.BITS))[place]
            has = sa.func.bit_count(each.c.bit.op("&")(each.c[f"m{wanted.number}"]).op("&")(met)) > number(0)
            of_kinds.append((is_named, sa.and_(chosen[wanted], has)))
        is_counted = sa.case(*of_kinds, else_=counts_in(first)) if of_kinds else counts_in(first)
        count: Any = sa.func.count()
        is_estimate: Any = sa.false()
        if name == "sampled":
            count = sa.cast(sa.func.round(sa.cast(count, sa.Float) / part), sa.BigInteger)
            is_estimate = part < WHOLE
        found = sa.select(each.c.code, count.label("count"), is_estimate.label("is_estimate"))
        return self.table(f"counted_{name}", found.where(is_counted).group_by(each.c.code))

    def named(self, counted: Any) -> sa.Select[Any]:
        """Select the values of codes. An attribute cannot have the name of another facet."""
        kinds = [kind for one in self.passes for kind in one.kinds if kind is not FacetKind.CATEGORY]
        names: list[Any] = [
            (code.kind == number(kind), sa.literal_column(f"'{NAMES[kind]}'")) for kind in kinds if kind in NAMES
        ]
        name: Any = sa.case(*names, else_=attribute.name)
        rows = sa.select(
            code.kind, sa.cast(name, sa.Text).label("name"), code.value, counted.c.count, counted.c.is_estimate
        )
        rows = rows.select_from(
            counted.join(FacetCode, code.id == counted.c.code).outerjoin(Attribute, attribute.id == code.attribute_id)
        )
        others = sa.literal_column("'{" + ",".join(sorted(set(NAMES.values()))) + "}'::text[]", facet_rows.TEXTS)
        return rows.where(
            code.kind == sa.any_(_array(kinds)), sa.or_(attribute.name.is_(None), attribute.name != sa.all_(others))
        )

    def categories(self, counted: Any) -> sa.Select[Any]:
        """A product counts in its category and in all above it. UNION removes duplicates, so that a cycle ends."""
        start: Any = sa.select(
            sa.cast(code.value, sa.Uuid).label("id"), sa.cast(code.id, sa.Text).label("start"), counted.c.count,
            counted.c.is_estimate,
        )  # fmt: skip
        start = start.select_from(counted.join(FacetCode, code.id == counted.c.code))
        start = start.where(code.kind == number(FacetKind.CATEGORY))
        for one in self.direct:
            if one.kinds == (FacetKind.CATEGORY,):
                each = self.products.direct(one, product.category_id, self.small[one]).subquery("of_categories")
                direct = sa.select(each.c.id, sa.cast(each.c.id, sa.Text), each.c.count, sa.false())
                both = sa.union_all(start, direct).subquery("begin")
                start = sa.select(*both.c)
        above = start.cte("above", recursive=True, nesting=True)
        climb = sa.select(category.parent_id, above.c.start, above.c.count, above.c.is_estimate)
        climb = climb.join(above, category.id == above.c.id).where(category.parent_id.is_not(None))
        above = above.union(climb)
        total = sa.select(above.c.id, sa.func.sum(above.c.count).label("count"), above.c.is_estimate)
        found = total.group_by(above.c.id, above.c.is_estimate).subquery("of_trees")
        kind, name = number(FacetKind.CATEGORY), sa.literal_column("'category'", sa.Text)
        rows = sa.select(
            kind.label("kind"), name.label("name"), category.slug.label("value"), found.c.count, found.c.is_estimate
        )
        return rows.join(Category, category.id == found.c.id)


def _array(kinds: Sequence[FacetKind]) -> Any:
    return sa.literal_column(f"'{{{','.join(str(int(kind)) for kind in kinds)}}}'::int[]", facet_rows.CODES)
