"""The conditions of `ProductFilter`, as SQL.

A statement has the conditions of a group or has none of them: those of a group that are not set are null, and PostgreSQL,
which plans such a statement for its values, leaves them out. So there are at most 64 statements for a list in one order,
instead of one for each of the thousands of sets of filters that clients could send.
"""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from loaders.categories import category
from loaders.listings import listing
from loaders.product_search import matches
from loaders.products import product, variant
from models.columns import alias, columns
from models.listings import Listing, ListingState
from models.prices import ProductPrice
from models.products import Attribute, AttributeValue, ProductVariant

attribute = columns(Attribute)
attribute_value = columns(AttributeValue)

HUNDRED: ColumnElement[int] = literal_column("100", Integer)
"""No parameter, whose type would be another one than in the index of discounts."""
MINIMUM, MAXIMUM, AT_LEAST, AT_MOST = (
    bindparam(name, type_=BigInteger) for name in ("minimum", "maximum", "at_least", "at_most")
)
SEARCH, CATEGORY, ATTRIBUTES = ("search",), ("category",), ("attributes",)
ATTRIBUTE = "attribute_name", "attribute_values"
"""In place of the filter `attributes`, if it has one attribute alone: so the planner knows how many variants have it."""
PRODUCT = "brands", "tags"
VARIANT = "colors", "sizes", "variant_availability"
LISTING = (
    "stores", "sources", "minimum", "maximum", "listing_currency", "discount", "listing_availability",
)  # fmt: skip
BOUND = "bound_currency", "at_least", "at_most"
"""In place of `minimum` or `maximum`, if nothing else is asked of variants and listings: the best prices tell it."""
GROUPS = SEARCH, CATEGORY, PRODUCT, VARIANT, ATTRIBUTES, LISTING, BOUND
FILTERS = frozenset(name for group in GROUPS for name in group)
"""The names of the filters. `currency` is none: it only says by which prices products are sorted."""


def complete(filters: dict[str, Any]) -> dict[str, Any]:
    """Set what is not set in a group of which something is set."""
    used = (name for group in GROUPS if not filters.keys().isdisjoint(group) for name in group)
    return dict.fromkeys(used) | filters


def simpler(filters: dict[str, Any], *, has_store: bool = False) -> dict[str, Any]:
    """Write filters as those that are easier to meet, if they are the same."""
    return _with_one_attribute(filters if has_store else _with_bound(filters))


def _with_bound(filters: dict[str, Any]) -> dict[str, Any]:
    used = {name for group in (VARIANT, ATTRIBUTES, LISTING) for name in group if name in filters}
    if used not in ({"listing_currency", "minimum"}, {"listing_currency", "maximum"}):
        return filters
    currency = filters["listing_currency"]
    if filters.get("currency", currency) != currency:
        return filters
    bound = zip(("listing_currency", "minimum", "maximum"), BOUND, strict=True)
    others = {name: value for name, value in filters.items() if name not in used}
    return others | {new: filters[old] for old, new in bound if old in used}


def _with_one_attribute(filters: dict[str, Any]) -> dict[str, Any]:
    wanted = orjson.loads(filters.get("attributes") or "[]")
    if not wanted or any(one["number"] != 1 for one in wanted):
        return filters
    values = [one["value"] for one in wanted if one["value"] is not None]
    others = {name: value for name, value in filters.items() if name != "attributes"}
    return others | {"attribute_name": wanted[0]["name"], "attribute_values": values}


def conditions(
    given: frozenset[str], store: ColumnElement[UUID] | None = None, without: frozenset[str] = frozenset()
) -> list[ColumnElement[bool]]:
    """What a product must meet, and have an active listing at a store, if one is given, that meets the rest.

    The conditions in `without` are left out.
    """
    found, has_listing = of_product(given, without), looks_at_listings(given, store)
    variants = of_variant(given, without)
    if _any(given, BOUND):
        price = columns(ProductPrice)
        known = price.currency == bindparam("bound_currency", type_=Text)
        bounds = in_bounds(price.lowest_minor, price.highest_minor, AT_LEAST, AT_MOST)
        found.append(select(literal_column("1")).where(price.product_id == product.id, known, *bounds).exists())
    if variants or has_listing:
        offered: Select[Any] = select(literal_column("1")).select_from(ProductVariant)
        if has_listing:
            offered = offered.join(Listing, listing.variant_id == variant.id).where(*of_listing(given, store, without))
        found.append(offered.where(variant.product_id == product.id, *variants).exists())
    return found


def looks_at_listings(given: frozenset[str], store: ColumnElement[UUID] | None) -> bool:
    """Whether there are conditions on listings."""
    return _any(given, LISTING) or store is not None


def _any(given: frozenset[str], group: tuple[str, ...]) -> bool:
    return any(name in given for name in group)


def of_product(given: frozenset[str], without: frozenset[str] = frozenset()) -> list[ColumnElement[bool]]:
    """The conditions on the product itself."""
    found: dict[str, ColumnElement[bool]] = {}
    if _any(given, SEARCH):
        found["search"] = matches()
    if _any(given, CATEGORY):
        tree = func.category_tree(bindparam("category", type_=Text), type_=ARRAY(Uuid))
        found["category"] = product.category_id == any_(tree)
    if _any(given, PRODUCT):
        tags = _list("tags", Text())
        found["brands"] = one_of("brands", product.brand_id, Uuid())
        found["tags"] = or_(tags.is_(None), product.tags.op("&&")(tags))
    return [condition for name, condition in found.items() if name not in without]


def of_variant(given: frozenset[str], without: frozenset[str] = frozenset()) -> list[ColumnElement[bool]]:
    """The conditions on a variant itself."""
    found: dict[str, ColumnElement[bool]] = {}
    if _any(given, VARIANT):
        colors = _list("colors", Text())
        found["colors"] = or_(
            colors.is_(None),
            func.lower(variant.color_primary) == any_(colors),
            func.lower(variant.color_secondary) == any_(colors),
        )
        found["sizes"] = one_of("sizes", variant.size_label, Text())
        found["variant_availability"] = one_of("variant_availability", variant.availability, Text())
    if _any(given, ATTRIBUTES):
        found["attributes"] = variant.id.in_(_with_attributes())
    if _any(given, ATTRIBUTE):
        found["attributes"] = _has_attribute()
    return [condition for name, condition in found.items() if name not in without]


def of_listing(
    given: frozenset[str], store: ColumnElement[UUID] | None, without: frozenset[str] = frozenset()
) -> list[ColumnElement[bool]]:
    """The conditions on a listing, which must be active."""
    found = {"": listing.state == literal_column(f"'{ListingState.ACTIVE}'")}
    if store is not None:
        found["store"] = listing.store_id == store
    if _any(given, LISTING):
        price, before = listing.price_minor, listing.list_price_minor
        percent, currency = bindparam("discount", type_=Integer), bindparam("listing_currency", type_=Text)
        found |= {
            "stores": one_of("stores", listing.store_id, Uuid()),
            "sources": one_of("sources", listing.source_id, Uuid()),
            "minimum": or_(MINIMUM.is_(None), price >= MINIMUM),
            "maximum": or_(MAXIMUM.is_(None), price <= MAXIMUM),
            "listing_currency": or_(currency.is_(None), listing.currency == currency),
            "discount": or_(percent.is_(None), (before - price) * HUNDRED // before >= percent),
            "listing_availability": one_of("listing_availability", listing.availability, Text()),
        }
    return [condition for name, condition in found.items() if name not in without]


def in_bounds(lowest: Any, highest: Any, minimum: Any, maximum: Any) -> list[ColumnElement[bool]]:
    """Whether a product can have a listing between two prices, by its lowest and its highest price."""
    return [or_(minimum.is_(None), highest >= minimum), or_(maximum.is_(None), lowest <= maximum)]


def _list(name: str, kind: TypeEngine[Any]) -> Any:
    return bindparam(name, type_=ARRAY(kind))


def one_of(name: str, value: Any, kind: TypeEngine[Any]) -> ColumnElement[bool]:
    """Whether a value is one of those of a filter, if that is set."""
    values = _list(name, kind)
    return or_(values.is_(None), cast(value, kind) == any_(values) if isinstance(kind, Text) else value == any_(values))


def wanted_attributes(name: str = "wanted") -> Any:
    """The attributes of the filter as a table: alternatives have the same number."""
    rows = func.jsonb_to_recordset(cast(bindparam("attributes", type_=Text), JSONB))
    table = rows.table_valued(column("number", Integer), column("name", Text), column("value", Text))
    return table.render_derived(name=name, with_types=True)


def _has_attribute() -> ColumnElement[bool]:
    """Whether a variant has one of the values of an attribute."""
    key = select(attribute.id).where(attribute.name == bindparam("attribute_name", type_=Text)).scalar_subquery()
    has: Select[Any] = select(literal_column("1")).select_from(AttributeValue)
    return has.where(
        attribute_value.variant_id == variant.id,
        attribute_value.attribute_id == key,
        attribute_value.value == any_(_list("attribute_values", Text())),
    ).exists()


def _with_attributes() -> Select[Any]:
    """Select the variants that have one of the values for each of the wanted attributes, which are numbered."""
    wanted = wanted_attributes()
    numbers = func.count(wanted.c.number.distinct())
    rows = select(attribute_value.variant_id).join(Attribute, attribute.id == attribute_value.attribute_id)
    rows = rows.join(wanted, and_(wanted.c.name == attribute.name, wanted.c.value == attribute_value.value))
    most = select(func.max(wanted.c.number)).select_from(wanted).scalar_subquery()
    return rows.group_by(attribute_value.variant_id).having(numbers == most)


def lacks(key: Any = variant.id, *, other_than: Any = None) -> ColumnElement[bool]:
    """Whether a variant lacks a wanted attribute, or one of another name than this."""
    one, other = wanted_attributes("one"), wanted_attributes("other")
    value, name = alias(AttributeValue), alias(Attribute)
    has: Select[Any] = select(literal_column("1")).where(
        value.variant_id == key,
        name.id == value.attribute_id,
        other.c.number == one.c.number,
        name.name == other.c.name,
        value.value == other.c.value,
    )
    lacking: Select[Any] = select(literal_column("1")).select_from(one)
    if other_than is not None:
        lacking = lacking.where(one.c.name != other_than)
    return lacking.where(~has.correlate_except(value.id.table, name.id.table, other).exists()).exists()


def below(root: Any) -> Select[Any]:
    """Select the ids of a category and of all below it. UNION removes duplicates, so that a cycle ends."""
    start = select(category.id).where(root)
    tree = start.cte("subtree", recursive=True, nesting=True)
    return select(tree.union(select(category.id).join(tree, category.parent_id == tree.c.id)).c.id)
