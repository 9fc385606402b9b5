"""Filters of all kinds, with values that many, some or very few products have."""

from decimal import Decimal
from typing import Any

from inputs.products import AttributeFilter, ProductFilter
from models import ids
from models.products import Availability
from resolvers import product_filters
from tests.large import rows
from tests.large.explained import key

OWN = "AED"


def _id(graphql_type: str, kind: int, number: int) -> str:
    return ids.encode(graphql_type, key(kind, number))


COTTON = AttributeFilter(attribute="material", values=["cotton"])
ALONE = {
    "nothing": ProductFilter(),
    "search for 100": ProductFilter(search="brocade"),
    "search for 10,000": ProductFilter(search="linen"),
    "search for 150,000": ProductFilter(search="cotton"),
    "search in Arabic": ProductFilter(search="\u0642\u0637\u0646"),
    "large brand": ProductFilter(brand_ids=[_id("Brand", rows.BRAND, 1)]),
    "rare brand": ProductFilter(brand_ids=[_id("Brand", rows.BRAND, rows.BRANDS)]),
    "category at the top": ProductFilter(category_slug="category-0-1"),
    "category in the middle": ProductFilter(category_slug="category-1-1"),
    "category below": ProductFilter(category_slug="category-3-300"),
    "rare category": ProductFilter(category_slug="category-3-1000"),
    "frequent tag": ProductFilter(tags=["tag-0"]),
    "some tag": ProductFilter(tags=["tag-200"]),
    "rare tag": ProductFilter(tags=["rare"]),
    "frequent color": ProductFilter(colors=["Black"]),
    "rare color": ProductFilter(colors=["ruby"]),
    "size": ProductFilter(sizes=["38"]),
    "in stock": ProductFilter(availability=[Availability.IN_STOCK]),
    "preorder": ProductFilter(availability=[Availability.PREORDER]),
    "unknown": ProductFilter(availability=[Availability.UNKNOWN]),
    "attribute": ProductFilter(attributes=[COTTON]),
    "rare attribute": ProductFilter(attributes=[AttributeFilter(attribute="pattern", values=["paisley"])]),
    "two attributes": ProductFilter(attributes=[COTTON, AttributeFilter(attribute="pattern", values=["pattern-1"])]),
    "large store": ProductFilter(store_ids=[_id("Store", rows.STORE, 1)]),
    "rare store": ProductFilter(store_ids=[_id("Store", rows.STORE, rows.STORES)]),
    "source": ProductFilter(source_ids=[_id("Source", rows.SOURCE, 1)]),
    "low prices": ProductFilter(max_price=Decimal(25)),
    "most prices": ProductFilter(max_price=Decimal(200)),
    "high prices": ProductFilter(min_price=Decimal(600)),
    "some prices": ProductFilter(min_price=Decimal(100), max_price=Decimal(110)),
    "rare currency": ProductFilter(max_price=Decimal(20), currency_code="KWD"),
    "discount": ProductFilter(min_discount=20),
    "high discount": ProductFilter(min_discount=40),
    "rare discount": ProductFilter(min_discount=60),
}
TOGETHER = {
    "category and price": ProductFilter(category_slug="category-0-1", max_price=Decimal(200)),
    "rare category and price": ProductFilter(category_slug="category-3-1000", max_price=Decimal(300)),
    "category and color": ProductFilter(category_slug="category-3-300", colors=["black"]),
    "category, color and size": ProductFilter(category_slug="category-0-1", colors=["black"], sizes=["38"]),
    "brand and discount": ProductFilter(brand_ids=[_id("Brand", rows.BRAND, 1)], min_discount=20),
    "search and price": ProductFilter(search="linen", max_price=Decimal(200)),
    "search and color": ProductFilter(search="cotton", colors=["black"]),
    "search and category": ProductFilter(search="cotton", category_slug="category-3-300"),
    "tag and discount": ProductFilter(tags=["tag-0"], min_discount=40),
}


def filters_of(given: ProductFilter, *, has_store: bool = False) -> tuple[tuple[str, Any], ...]:
    """The filters as loaders take them."""
    return product_filters.read(given, OWN, has_store=has_store)
