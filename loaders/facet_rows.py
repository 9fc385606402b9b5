"""The products that facets are counted from, and which of their listings meet the conditions, as SQL.

`product_facets` has a bit for each listing of a product, and for each of its values those of the listings that have it.
So a condition gives a bit string, and conditions are joined by AND: one listing must meet them all.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT

from loaders import product_filters as filters
from loaders.product_filters import attribute, wanted_attributes
from models.columns import columns
from models.facets import KIND_BITS, FacetCode, FacetKind, ProductFacets
from models.products import Attribute

row = columns(ProductFacets)
code = columns(FacetCode)

BITS, TEXTS, CODES = BIT(varying=True), sa.ARRAY(sa.Text), sa.ARRAY(sa.Integer)
KINDS = {
    "colors": FacetKind.COLOR, "sizes": FacetKind.SIZE, "variant_availability": FacetKind.VARIANT_AVAILABILITY,
    "stores": FacetKind.STORE, "sources": FacetKind.SOURCE, "listing_availability": FacetKind.LISTING_AVAILABILITY,
    "listing_currency": FacetKind.CURRENCY, "currency": FacetKind.CURRENCY,
}  # fmt: skip
"""The filters that ask for some values of a kind."""
OF_PRODUCT = frozenset((*filters.SEARCH, *filters.CATEGORY, *filters.PRODUCT))


def number(value: int) -> sa.ColumnElement[int]:
    """A number as a part of the statement."""
    return sa.literal_column(str(int(value)), sa.Integer)


def kind_of(value: Any) -> Any:
    """What a code is the code of."""
    return value.op("&")(number(2**KIND_BITS - 1))


NONE: Any = row.all_bits.op("#")(row.all_bits)
SELECTIVE = frozenset({FacetKind.COLOR, FacetKind.SIZE, FacetKind.STORE, FacetKind.SOURCE})
"""The kinds of which few products have any one value."""
FEW = 4


class Condition(NamedTuple):
    """The listings that meet a condition, and what a product must at least have, so that some do."""

    met: Any
    narrow: Any
    is_selective: bool = True


def pairs() -> Any:
    """The values of a product, each with the listings that have it."""
    found = sa.select(sa.func.unnest(row.codes).label("code"), sa.func.unnest(row.bits, type_=BITS).label("bit"))
    return found.correlate(row.codes.table).subquery("pairs")


def having(wanted: Any) -> Condition:
    """Having one of some values, of which codes are given. A few of them are found without reading all values."""

    def bit(place: int) -> Any:
        return sa.type_coerce(row.bits, sa.ARRAY(BITS))[sa.func.array_position(row.codes, wanted[number(place)])]

    def or_none(place: int) -> Any:
        return sa.func.coalesce(bit(place), NONE, type_=BITS)

    few, each, size = or_none(1), pairs(), sa.func.cardinality(wanted)
    for place in range(2, FEW + 1):
        few = few.op("|")(or_none(place))
    many = sa.select(sa.func.bit_or(each.c.bit, type_=BITS)).where(each.c.code == sa.any_(wanted)).scalar_subquery()
    met = sa.case((size == number(1), bit(1)), (size <= number(FEW), few), else_=many)
    return Condition(met, row.codes.op("&&")(wanted))


def of_filter(name: str, kind: FacetKind | None = None) -> Condition:
    """The condition of a filter; with a kind, as if it asked for values of that."""
    if name == "attributes":
        return _attributes()
    if name == "discount":
        return _discounted()
    values: Any = sa.bindparam(name, type_=sa.ARRAY(sa.Uuid()) if name in ("stores", "sources") else TEXTS)
    if name in ("listing_currency", "currency"):
        values = sa.func.string_to_array(sa.bindparam(name, type_=sa.Text), sa.literal_column("','"))
    wanted = sa.func.facet_codes(number(KINDS[name] if kind is None else kind), sa.cast(values, TEXTS), type_=CODES)
    return having(wanted)._replace(is_selective=KINDS[name] in SELECTIVE)


def priced(active: frozenset[str]) -> Condition:
    """The condition on the price. The prices of a product are in order, as its bits are."""
    prices, bits = row.prices, row.all_bits
    up_to: Any = sa.func.cardinality(prices)
    last: Any = sa.true()
    if "maximum" in active:
        maximum = sa.bindparam("maximum", type_=sa.BigInteger)
        up_to, last = sa.func.width_bucket(maximum, prices), prices[number(1)] <= maximum
    met = bits.op("<<")(sa.func.length(bits) - up_to)
    if "minimum" in active:
        first = sa.func.width_bucket(sa.bindparam("minimum", type_=sa.BigInteger) - number(1), prices)
        met, last = met.op("&")(bits.op(">>")(first)), up_to > first
    return Condition(met, last)


def _discounted() -> Condition:
    """The condition on the discount. Those of a product are in order."""
    percent, discounts = sa.bindparam("discount", type_=sa.Integer), row.discounts
    place = sa.func.width_bucket(percent - number(1), discounts) + number(1)
    met = sa.type_coerce(row.discount_bits, sa.ARRAY(BITS))[place]
    return Condition(met, discounts[sa.func.cardinality(discounts)] >= percent)


def _any_wanted() -> Any:
    """The codes of all values that the filter `attributes` names."""
    values = sa.select(sa.func.unnest(WANTED.c.codes)).scalar_subquery()
    return sa.func.coalesce(sa.cast(sa.func.array(values), CODES), type_=CODES)


def _select_wanted() -> sa.Select[Any]:
    one = wanted_attributes()
    known = sa.and_(
        code.kind == number(FacetKind.ATTRIBUTE), code.attribute_id == attribute.id, code.value == one.c.value
    )
    joined = one.outerjoin(Attribute, attribute.name == one.c.name).outerjoin(FacetCode, known)
    codes = sa.func.array_agg(code.id, type_=CODES)
    return sa.select(one.c.name, codes.label("codes")).select_from(joined).group_by(one.c.number, one.c.name)


WANTED: Any = _select_wanted().cte("wanted").prefix_with("MATERIALIZED")
"""The name of the attribute, and the codes of the values, of each item of the filter `attributes`."""


def of_own(name: str) -> Any:
    """The condition on the brand, or on the category with all below it."""
    if name == "brands":
        return of_brands(sa.bindparam("brands", type_=sa.ARRAY(sa.Uuid())))
    return of_categories(sa.func.category_tree(sa.bindparam("category", type_=sa.Text), type_=sa.ARRAY(sa.Uuid())))


def of_brands(ids: Any) -> Any:
    """The condition on the brand."""
    return row.brand == sa.any_(codes_of(FacetKind.BRAND, ids))


def of_categories(ids: Any) -> Any:
    """The condition on the category, without those below it."""
    return row.category == sa.any_(codes_of(FacetKind.CATEGORY, ids))


def codes_of(kind: FacetKind, ids: Any) -> Any:
    """The codes of rows."""
    return sa.func.facet_codes(number(kind), sa.cast(ids, TEXTS), type_=CODES)


def _attributes() -> Condition:
    """The condition on attributes. That on one attribute alone is found like others."""
    wanted = _any_wanted()
    count = sa.select(sa.func.count()).select_from(WANTED).scalar_subquery()
    one = having(wanted)
    has_each = (
        sa.select(sa.func.bool_and(row.codes.op("&&")(WANTED.c.codes))).correlate_except(WANTED).scalar_subquery()
    )
    narrow = sa.and_(one.narrow, sa.or_(count == number(1), has_each))
    return Condition(sa.case((count == number(1), one.met), else_=all_wanted()), narrow)


def all_wanted(other_than: Any = None) -> Any:
    """The listings of variants that have a value of each of the wanted attributes, or of all but one."""
    each = pairs()
    one = sa.select(sa.func.bit_or(each.c.bit, type_=BITS)).where(each.c.code == sa.any_(WANTED.c.codes))
    met = sa.func.bit_and(sa.func.coalesce(one.scalar_subquery(), NONE), type_=BITS)
    found = sa.select(met).select_from(WANTED).correlate_except(WANTED)
    if other_than is not None:
        found = found.where(WANTED.c.name != other_than)
    return sa.func.coalesce(found.scalar_subquery(), row.all_bits)


def _names() -> Any:
    """The attributes that the filter names, each with a place."""
    names = sa.select(WANTED.c.name).distinct().subquery("names")
    place = sa.func.row_number().over(order_by=names.c.name)
    return sa.select(names.c.name, place.label("place")).subquery("named")


def named_codes(column: str) -> Any:
    """All codes of the attributes that the filter names, or the places of these."""
    names = _names()
    rows = sa.select(code.id, names.c.place).select_from(names).join(Attribute, attribute.name == names.c.name)
    coded = rows.join(FacetCode, code.attribute_id == attribute.id).order_by(code.id).subquery("coded")
    return sa.cast(sa.func.array(sa.select(coded.c[column]).order_by(coded.c.id).scalar_subquery()), CODES)


def other_wanted() -> Any:
    """For each attribute that the filter names, the listings of variants that have what it asks of the others."""
    names = _names()
    each = sa.select(all_wanted(names.c.name)).select_from(names).order_by(names.c.place).scalar_subquery()
    count = sa.select(sa.func.count(WANTED.c.name.distinct())).scalar_subquery()
    alone = sa.func.array_append(sa.literal_column("NULL::varbit[]"), row.all_bits)
    return sa.type_coerce(sa.case((count == number(1), alone), else_=sa.func.array(each)), sa.ARRAY(BITS))
