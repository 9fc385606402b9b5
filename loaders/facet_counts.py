"""The counts of facets, as SQL, from the values that each product has (`loaders/facet_rows.py`).

Facets that leave out the same conditions are counted together, in a pass over the products that meet the others. A
facet whose own filter is set has a pass of its own.

If about more than MAX_COUNTED products meet the conditions, those of a random sample of all products are counted instead.
The order of the hash of their ids is such a sample, whatever the conditions are.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from loaders import facet_rows
from loaders.categories import category
from loaders.facet_labels import labelled
from loaders.facet_rows import WANTED, code, kind_of, number
from loaders.product_filters import LISTING, attribute, below
from loaders.product_pages import Products, ProductsOfCategory
from loaders.products import product
from models.categories import Category
from models.facets import FacetCode, FacetKind
from models.products import Attribute

MAX_VALUES = 50
"""How many values a facet has at most."""
MAX_COUNTED, SAMPLE = 20_000, 8_000
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
OWN = {
    FacetKind.BRAND: "brands", FacetKind.CATEGORY: "category", FacetKind.COLOR: "colors", FacetKind.SIZE: "sizes",
    FacetKind.STORE: "stores", FacetKind.SOURCE: "sources", FacetKind.VARIANT_AVAILABILITY: "variant_availability",
    FacetKind.LISTING_AVAILABILITY: "listing_availability",
}  # fmt: skip
"""The filter that asks for values of a kind."""
PRICES = frozenset({"minimum", "maximum"})
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
    """The passes of a statement."""

    def __init__(
        self, pages: type[Products], parent: sa.ColumnElement[UUID], active: frozenset[str], *, exact: bool
    ) -> None:
        self.active, self.exact = active, exact
        self.tables: list[Any] = [WANTED] if "attributes" in active else []
        self.belongs = pages.belongs(parent)
        if issubclass(pages, ProductsOfCategory):  # reads the subtree once, not for each product
            ids = self.value("tree", sa.func.array(below(category.id == parent).scalar_subquery()), sa.ARRAY(sa.Uuid()))
            self.belongs = [product.category_id == sa.any_(ids)]
        self.store: Any = None
        if (key := pages.store(parent)) is not None:
            names = sa.cast(sa.func.array_append(sa.literal_column("NULL::uuid[]"), key), facet_rows.TEXTS)
            wanted = sa.func.facet_codes(number(FacetKind.STORE), names, type_=facet_rows.CODES)
            self.store = facet_rows.having(self.value("of_store", wanted, facet_rows.CODES))
        self.of_listings = self.store is not None or not active.isdisjoint(LISTING)
        self.deciding, self.sample = self.random("deciding", DECIDING), self.random("sample", SAMPLE)

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
        if self.exact:
            return None, None
        hashed = sa.func.uuid_hash(product.id)
        rows = self.table(name, sa.select(product.id, hashed.label("hash")).order_by(hashed).limit(number(size)))
        reached = (sa.func.max(rows.c.hash) + sa.literal_column("2147483649.0::float8")) / sa.literal_column(
            "4294967296.0"
        )
        part = sa.case((sa.func.count() < number(size), WHOLE), else_=reached)
        return rows, self.value(f"part_of_{name}", sa.select(part).select_from(rows).scalar_subquery(), sa.Float)

    def passes(self) -> dict[tuple[frozenset[str], bool], list[FacetKind]]:
        """The kinds that are counted together: by the filters that they leave out, and whether by their listings alone."""
        of_listings = self.of_listings or "currency" in self.active
        shown = FacetKind.LISTING_AVAILABILITY if of_listings else FacetKind.VARIANT_AVAILABILITY
        found: dict[tuple[frozenset[str], bool], list[FacetKind]] = {}
        for kind in (
            FacetKind.BRAND, FacetKind.CATEGORY, FacetKind.COLOR, FacetKind.SIZE, shown, FacetKind.STORE,
            FacetKind.SOURCE, FacetKind.ATTRIBUTE,
        ):  # fmt: skip
            without = {OWN.get(kind, "")}
            by_listing = kind in (FacetKind.STORE, FacetKind.SOURCE)
            if by_listing:  # a condition on the availability looks at the listing as soon as another condition does
                without.add("variant_availability")
            by_listing = by_listing and "variant_availability" in self.active
            if kind in (FacetKind.STORE, FacetKind.SOURCE, FacetKind.LISTING_AVAILABILITY):
                by_listing = by_listing or ("currency" in self.active and "listing_currency" not in self.active)
            found.setdefault((frozenset(without) & self.active, by_listing), []).append(kind)
        return found

    def values(self) -> Iterator[sa.Select[Any]]:
        """Select the values of each facet: kind, name, value and count."""
        for place, ((without, by_listing), kinds) in enumerate(self.passes().items()):
            counted = self.counted(str(place), without, kinds, by_listing=by_listing)
            if others := [kind for kind in kinds if kind is not FacetKind.CATEGORY]:
                yield self.named(counted, others)
            if FacetKind.CATEGORY in kinds:
                yield self.categories(counted)
        if "attributes" in self.active:
            yield self.named(self.wanted(), [FacetKind.ATTRIBUTE], wanted=True)

    def conditions(self, without: frozenset[str], *, by_listing: bool = False) -> list[facet_rows.Condition]:
        """Those on variants and listings."""
        found = [] if self.active.isdisjoint(PRICES) else [facet_rows.priced(self.active)]
        names = sorted(self.active - facet_rows.OF_PRODUCT - PRICES - without - {"currency"})
        found += [facet_rows.of_filter(name) for name in names]
        if self.store is not None:
            found.append(self.store)
        if by_listing and "variant_availability" in self.active:
            found.append(facet_rows.of_filter("variant_availability", FacetKind.LISTING_AVAILABILITY))
        if by_listing and "currency" in self.active:
            found.append(facet_rows.of_filter("currency"))
        return found

    def counted(self, name: str, without: frozenset[str], kinds: list[FacetKind], *, by_listing: bool) -> Any:
        """Count the products of each code in a pass."""
        conditions = self.conditions(without, by_listing=by_listing)
        rows = facet_rows.rows(self.belongs, self.active, without, conditions)
        bound = MAX_READ if _has_one_value(kinds) and not conditions else MAX_COUNTED
        each, is_small = self.chosen(name, rows, bound, is_conditional=bool(conditions))
        return self.of_codes(name, each, kinds, is_small)

    def wanted(self) -> Any:
        """Count the products of each code of each attribute that the filter names, without its own condition."""
        own = frozenset({"attributes"})
        conditions = self.conditions(own)
        rows = facet_rows.rows(self.belongs, self.active, own, conditions)
        _, is_small = self.chosen("of_wanted", rows, MAX_COUNTED, is_conditional=bool(conditions))
        names = sa.select(WANTED.c.name).distinct().subquery("names")
        others = facet_rows.Condition(facet_rows.all_wanted(names.c.name), sa.true())
        rows = facet_rows.rows(self.belongs, self.active, own, [*conditions, others])
        rows = rows.add_columns(names.c.name.label("of")).join(names, sa.true())
        each, _ = self.chosen("wanted", rows, MAX_COUNTED, is_conditional=True, is_small=is_small)
        return self.of_codes("wanted", each, [FacetKind.ATTRIBUTE], is_small)

    def chosen(
        self, name: str, rows: Any, bound: int, *, is_conditional: bool, is_small: Any = None
    ) -> tuple[Any, Any]:
        """The products to count: all that meet the conditions, or those of the sample, if all are too many."""

        def meets(found: Any) -> Any:
            return sa.func.bit_count(found.c.met) > number(0) if is_conditional else sa.true()

        def of(lot: Any) -> Any:  # OFFSET keeps it a question for one product at a time, which is answered by indexes
            one = rows.where(facet_rows.row.product_id == lot.c.id).offset(number(0)).lateral(f"one_of_{name}")
            return sa.select(*one.c).select_from(lot.join(one, sa.true())).where(meets(one))

        every = rows.offset(number(0)).subquery(f"every_{name}")  # with OFFSET, `met` is computed once
        whole = sa.select(*every.c).where(meets(every))
        if self.exact:
            return whole.subquery(f"rows_of_{name}"), None
        lot, part = self.deciding
        if is_small is None:
            likely = sa.select(sa.func.count()).select_from(of(lot).subquery(f"likely_{name}")).scalar_subquery()
            is_small = self.value(f"is_small_{name}", likely / part <= number(bound), sa.Boolean)
        either = sa.union_all(
            sa.select(*every.c).where(meets(every), is_small), of(self.sample[0]).where(sa.not_(is_small))
        )
        return either.subquery(f"rows_of_{name}"), is_small

    def of_codes(self, name: str, rows: Any, kinds: list[FacetKind], is_small: Any) -> Any:
        """Count the products that have each code."""
        has_one_value = _has_one_value(kinds)
        is_conditional = "met" in rows.c and not has_one_value
        code_of: Any = rows.c[kinds[0].name.lower()] if has_one_value else sa.func.unnest(rows.c.codes)
        values: Any = sa.select(code_of.label("code"))
        if is_conditional:
            values = values.add_columns(sa.func.unnest(rows.c.bits, type_=facet_rows.BITS).label("bit"), rows.c.met)
        if "of" in rows.c:
            values = values.add_columns(rows.c.of)
        each = values.subquery(f"each_{name}")
        by: list[Any] = [each.c[one] for one in ("code", "of") if one in each.c]
        counted = sa.select(*by, *self.estimate(sa.func.count(), is_small)).group_by(*by)
        if len(kinds) == 1:  # of many, the others are left out later, which is cheaper
            counted = counted.where(kind_of(each.c.code) == number(kinds[0]))
        if is_conditional:
            counted = counted.where(sa.func.bit_count(each.c.bit.op("&")(each.c.met)) > number(0))
        return self.table(f"counted_{name}", counted)

    def estimate(self, count: Any, is_small: Any) -> list[Any]:
        """The columns of a count, of a sample for all."""
        if self.exact:
            return [count.label("count"), sa.false().label("is_estimate")]
        part = self.sample[1]
        whole = sa.cast(sa.func.round(sa.cast(count, sa.Float) / part), sa.BigInteger)
        is_estimate = sa.and_(sa.not_(is_small), part < WHOLE)
        return [sa.case((is_small, count), else_=whole).label("count"), is_estimate.label("is_estimate")]

    def named(self, counted: Any, kinds: Sequence[FacetKind], *, wanted: bool = False) -> sa.Select[Any]:
        """Select the values of codes. An attribute cannot have the name of another facet."""
        names: list[Any] = [
            (code.kind == number(kind), sa.literal_column(f"'{NAMES[kind]}'")) for kind in kinds if kind in NAMES
        ]
        name: Any = sa.case(*names, else_=attribute.name) if names else attribute.name
        rows = sa.select(
            code.kind, sa.cast(name, sa.Text).label("name"), code.value, counted.c.count, counted.c.is_estimate
        )
        rows = rows.select_from(
            counted.join(FacetCode, code.id == counted.c.code).outerjoin(Attribute, attribute.id == code.attribute_id)
        )
        some = sa.literal_column(f"'{{{','.join(str(int(kind)) for kind in kinds)}}}'::int[]", facet_rows.CODES)
        rows = rows.where(code.kind == sa.any_(some))
        if FacetKind.ATTRIBUTE in kinds:
            others = sa.literal_column("'{" + ",".join(sorted(set(NAMES.values()))) + "}'::text[]", facet_rows.TEXTS)
            rows = rows.where(sa.or_(attribute.name.is_(None), attribute.name != sa.all_(others)))
        if wanted:
            rows = rows.where(attribute.name == counted.c.of)
        elif "attributes" in self.active and FacetKind.ATTRIBUTE in kinds:
            is_wanted = sa.select(WANTED.c.name).where(WANTED.c.name == attribute.name).exists()
            rows = rows.where(~is_wanted)
        return rows

    def categories(self, counted: Any) -> sa.Select[Any]:
        """A product counts in its category and in all above it. UNION removes duplicates, so that a cycle ends."""
        start = sa.select(
            sa.cast(code.value, sa.Uuid).label("id"), code.id.label("start"), counted.c.count, counted.c.is_estimate
        )
        start = start.select_from(counted.join(FacetCode, code.id == counted.c.code))
        start = start.where(code.kind == number(FacetKind.CATEGORY))
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


def _has_one_value(kinds: list[FacetKind]) -> bool:
    """Whether only values are counted of which a product has one."""
    return kinds in ([FacetKind.BRAND], [FacetKind.CATEGORY])
