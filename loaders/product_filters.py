"""The conditions of `ProductFilter`, as SQL.

A statement has the conditions of a group or has none of them: those of a group that are not set are null, and PostgreSQL,
which plans such a statement for its values, leaves them out. So there are at most 64 statements for a list in one order,
instead of one for each of the thousands of sets of filters that clients could send.
"""

from typing import Any
from uuid import UUID

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
from models.columns import columns
from models.listings import Listing, ListingState
from models.products import Attribute, AttributeValue, ProductVariant

attribute = columns(Attribute)
attribute_value = columns(AttributeValue)

SEARCH, CATEGORY, ATTRIBUTES = ("search",), ("category",), ("attributes",)
PRODUCT = "brands", "tags"
VARIANT = "colors", "sizes", "variant_availability"
LISTING = (
    "stores", "sources", "minimum", "maximum", "listing_currency", "discount", "listing_availability",
)  # fmt: skip
GROUPS = SEARCH, CATEGORY, PRODUCT, VARIANT, ATTRIBUTES, LISTING
FILTERS = frozenset(name for group in GROUPS for name in group)
"""The names of the filters. `currency` is none: it only says by which prices products are sorted."""


def complete(filters: dict[str, Any]) -> dict[str, Any]:
    """Set what is not set in a group of which something is set."""
    used = (name for group in GROUPS if not filters.keys().isdisjoint(group) for name in group)
    return dict.fromkeys(used) | filters


def conditions(given: frozenset[str], store: ColumnElement[UUID] | None = None) -> list[ColumnElement[bool]]:
    """What a product must meet, and have an active listing at a store, if one is given, that meets the rest."""
    found: list[ColumnElement[bool]] = []
    if _any(given, SEARCH):
        found.append(matches())
    if _any(given, CATEGORY):
        found.append(product.category_id.in_(below(category.slug == bindparam("category", type_=Text))))
    if _any(given, PRODUCT):
        tags = _list("tags", Text())
        found += [_one_of("brands", product.brand_id, Uuid()), or_(tags.is_(None), product.tags.op("&&")(tags))]
    of_variant, has_listing = _of_variant(given), store is not None or _any(given, LISTING)
    if of_variant or has_listing:
        offered: Select[Any] = select(literal_column("1")).select_from(ProductVariant)
        if has_listing:
            offered = offered.join(Listing, listing.variant_id == variant.id).where(*_of_listing(given, store))
        found.append(offered.where(variant.product_id == product.id, *of_variant).exists())
    return found


def _any(given: frozenset[str], group: tuple[str, ...]) -> bool:
    return any(name in given for name in group)


def _of_variant(given: frozenset[str]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if _any(given, VARIANT):
        colors = _list("colors", Text())
        found += [
            or_(
                colors.is_(None),
                func.lower(variant.color_primary) == any_(colors),
                func.lower(variant.color_secondary) == any_(colors),
            ),
            _one_of("sizes", variant.size_label, Text()),
            _one_of("variant_availability", variant.availability, Text()),
        ]
    if _any(given, ATTRIBUTES):
        found.append(variant.id.in_(_with_attributes()))
    return found


def _of_listing(given: frozenset[str], store: ColumnElement[UUID] | None) -> list[ColumnElement[bool]]:
    found = [listing.state == literal_column(f"'{ListingState.ACTIVE}'")]
    if store is not None:
        found.append(listing.store_id == store)
    if _any(given, LISTING):
        price, before = listing.price_minor, listing.list_price_minor
        discount = (before - price) * 100 / before
        minimum, maximum = (bindparam(name, type_=BigInteger) for name in ("minimum", "maximum"))
        percent, currency = bindparam("discount", type_=Integer), bindparam("listing_currency", type_=Text)
        found += [
            _one_of("stores", listing.store_id, Uuid()),
            _one_of("sources", listing.source_id, Uuid()),
            or_(minimum.is_(None), price >= minimum),
            or_(maximum.is_(None), price <= maximum),
            or_(currency.is_(None), listing.currency == currency),
            or_(percent.is_(None), discount >= percent),
            _one_of("listing_availability", listing.availability, Text()),
        ]
    return found


def _list(name: str, kind: TypeEngine[Any]) -> Any:
    return bindparam(name, type_=ARRAY(kind))


def _one_of(name: str, value: Any, kind: TypeEngine[Any]) -> ColumnElement[bool]:
    values = _list(name, kind)
    return or_(values.is_(None), cast(value, kind) == any_(values) if isinstance(kind, Text) else value == any_(values))


def _with_attributes() -> Select[Any]:
    """Select the variants that have one of the values for each of the wanted attributes, which are numbered."""
    wanted = (
        func.jsonb_to_recordset(cast(bindparam("attributes", type_=Text), JSONB))
        .table_valued(column("number", Integer), column("name", Text), column("value", Text))
        .render_derived(name="wanted", with_types=True)
    )
    numbers = func.count(wanted.c.number.distinct())
    rows = select(attribute_value.variant_id).join(Attribute, attribute.id == attribute_value.attribute_id)
    rows = rows.join(wanted, and_(wanted.c.name == attribute.name, wanted.c.value == attribute_value.value))
    most = select(func.max(wanted.c.number)).select_from(wanted).scalar_subquery()
    return rows.group_by(attribute_value.variant_id).having(numbers == most)


def below(root: Any) -> Select[Any]:
    """Select the ids of a category and of all below it. UNION removes duplicates, so that a cycle ends."""
    start = select(category.id).where(root)
    tree = start.cte("subtree", recursive=True, nesting=True)
    return select(tree.union(select(category.id).join(tree, category.parent_id == tree.c.id)).c.id)
