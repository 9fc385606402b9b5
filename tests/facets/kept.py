"""What `product_facets` must say, found from the tables of the catalogue."""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from models.facets import KIND_BITS, FacetKind

Row = tuple[frozenset[tuple[FacetKind, str]], int | None, int]
"""The values of a listing with its variant, its price and its discount."""
FACTS = """
    SELECT product_id, lower(color_primary) AS color, lower(color_secondary) AS other_color, size_label,
           variant.availability AS variant_availability, store_id, source_id, listing.availability, currency,
           price_minor, list_price_minor, brand_id, category_id,
           ARRAY(SELECT attribute_id || ' ' || value FROM attribute_value WHERE variant_id = variant.id) AS attributes
    FROM product_variant variant JOIN product ON product.id = product_id
    LEFT JOIN listing ON listing.variant_id = variant.id AND state = 'ACTIVE'
"""
KINDS = {
    "brand_id": FacetKind.BRAND, "category_id": FacetKind.CATEGORY, "color": FacetKind.COLOR,
    "other_color": FacetKind.COLOR, "size_label": FacetKind.SIZE, "store_id": FacetKind.STORE,
    "variant_availability": FacetKind.VARIANT_AVAILABILITY, "source_id": FacetKind.SOURCE,
    "availability": FacetKind.LISTING_AVAILABILITY, "currency": FacetKind.CURRENCY,
}  # fmt: skip
Facets = dict[UUID, Counter[Row]]


async def facts(connection: Any) -> Facets:
    """What there is: the active listings of each product, and its variants without any."""
    found: Facets = {row["id"]: Counter() for row in await connection.fetch("SELECT id FROM product")}
    for row in await connection.fetch(FACTS):
        values = {(kind, str(row[name])) for name, kind in KINDS.items() if row[name] is not None}
        values |= {(FacetKind.ATTRIBUTE, one) for one in row["attributes"]}
        price, before = row["price_minor"], row["list_price_minor"]
        discount = 0 if price is None or before is None else max(0, (before - price) * 100 // before)
        found[row["product_id"]][frozenset(values), price, discount] += 1
    return found


async def kept(connection: Any) -> Facets:
    """What `product_facets` says."""
    known = await connection.fetch("SELECT id, kind, concat_ws(' ', attribute_id, value) AS value FROM facet_code")
    values = {row["id"]: (FacetKind(row["kind"]), row["value"]) for row in known}
    assert all(number % 2**KIND_BITS == kind for number, (kind, _) in values.items())
    found: Facets = {}
    for row in await connection.fetch("SELECT * FROM product_facets"):
        having: dict[int, set[tuple[FacetKind, str]]] = defaultdict(set)
        discounts: Counter[int] = Counter()
        for code, bits in zip(row["codes"], row["bits"], strict=True):
            for place in _places(bits):
                having[place].add(values[code])
        for discount, bits in zip(row["discounts"], row["discount_bits"], strict=True):
            discounts |= Counter(dict.fromkeys(_places(bits), discount))
        one_of_each = {kind: code for code in row["codes"] if (kind := values[code][0]) in (0, 1)}
        assert (row["brand"], row["category"]) == (
            one_of_each.get(FacetKind.BRAND),
            one_of_each.get(FacetKind.CATEGORY),
        )
        prices = row["prices"]
        assert prices == sorted(prices)
        assert _places(row["all_bits"]) == list(range(len(row["all_bits"])))
        found[row["product_id"]] = Counter(
            (frozenset(having[place]), prices[place] if place < len(prices) else None, discounts[place])
            for place in range(len(row["all_bits"]))
        )
    return found


def _places(bits: Any) -> list[int]:
    return [place for place, one in enumerate(bits.as_string().replace(" ", "")) if one == "1"]
