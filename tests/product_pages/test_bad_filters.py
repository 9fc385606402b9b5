"""Filters that cannot be met as they are written: refused with a sentence, or finding nothing."""

from typing import Any

import pytest

from models import ids
from tests.conventions.wrong import names_of_nothing
from tests.people import World, word

QUERY = """query ($filter: ProductFilter, $sort: ProductSort, $after: String) {
    products(filter: $filter, sort: $sort, first: 1, after: $after) {
        totalCount nodes { id } pageInfo { endCursor } facets { name } } }"""
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "reversed prices": ({"minPrice": "20", "maxPrice": "19.99"}, "`minPrice` is higher than `maxPrice`"),
    "not a number": ({"minPrice": "NaN"}, "`minPrice` must be a number from 0 to 10000000000"),
    "infinite": ({"maxPrice": "Infinity"}, "`maxPrice` must be a number"),
    "negative": ({"minPrice": "-0.01"}, "`minPrice` must be a number from 0"),
    "too high": ({"maxPrice": "1e30"}, "`maxPrice` must be a number from 0"),
    "too many digits": ({"maxPrice": "1.005"}, "`maxPrice` can have at most 2 decimal places in AED"),
    "digits that the currency lacks": (
        {"maxPrice": "1.5", "currencyCode": "JPY"}, "`maxPrice` can have no decimal places in JPY",
    ),
    "an unknown currency": ({"currencyCode": "ABC"}, "`currencyCode` must be a code of ISO 4217"),
    "a currency in small letters": ({"currencyCode": "aed"}, "in capital letters"),
    "a negative discount": ({"minDiscount": -1}, "`minDiscount` must be from 0 to 100, not -1"),
    "a discount beyond all": ({"minDiscount": 101}, "`minDiscount` must be from 0 to 100, not 101"),
    "too many brands": ({"brandIds": ["x"] * 101}, "`brandIds` can have at most 100 values, but has 101"),
    "too many stores": ({"storeIds": ["x"] * 101}, "`storeIds` can have at most 100"),
    "too many sources": ({"sourceIds": ["x"] * 101}, "`sourceIds` can have at most 100"),
    "too many colors": ({"colors": ["x"] * 101}, "`colors` can have at most 100"),
    "too many sizes": ({"sizes": ["x"] * 101}, "`sizes` can have at most 100"),
    "too many tags": ({"tags": ["x"] * 101}, "`tags` can have at most 100"),
    "too much availability": ({"availability": ["UNKNOWN"] * 101}, "`availability` can have at most 100"),
    "a long value": ({"colors": ["x" * 201]}, "A value in `colors` can have at most 200 characters, but has 201"),
    "too many attributes": (
        {"attributes": [{"attribute": "a", "values": ["b"]}] * 21}, "`attributes` can have at most 20 conditions",
    ),
    "too many values of an attribute": (
        {"attributes": [{"attribute": "a", "values": ["b"] * 101}]}, "`attributes.values` can have at most 100",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_refused(world: World, name: str, statements: list[str]) -> None:
    """`limits.md`, "Values": before any statement."""
    given, sentence = REFUSED[name]
    statements.clear()
    (error,) = await world.nobody.errors(QUERY, filter=given)
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "bad_filter")
    assert sentence in error["message"]
    assert statements == []


@pytest.mark.parametrize("given", [
    {"brandIds": []}, {"storeIds": []}, {"sourceIds": []}, {"colors": []}, {"sizes": []}, {"tags": []},
    {"availability": []}, {"attributes": [{"attribute": "material", "values": []}]}, {"colors": ["%"]},
    {"sizes": ["' OR true --"]}, {"attributes": [{"attribute": "no such one", "values": ["linen"]}]},
], ids=str)  # fmt: skip
async def test_nothing_is_one_of_these(world: World, given: dict[str, Any]) -> None:
    variant = await world.variant(color_primary="red", size_label="M")
    await world.listing(variant, price_minor=100)
    found = (await world.nobody(QUERY, filter=given))["products"]
    assert (found["totalCount"], found["nodes"]) == (0, [])


@pytest.mark.parametrize(("field", "kind"), [("brandIds", "Brand"), ("storeIds", "Store"), ("sourceIds", "Source")])
async def test_ids_of_nothing(world: World, field: str, kind: str) -> None:
    """A wrong one does not spoil the others."""
    variant = await world.variant()
    store, brand = await world.store(), await world.brand()
    listing = await world.listing(variant, store_id=store.id)
    await world.execute("UPDATE product SET brand_id = $1 WHERE id = $2", brand.id, variant.product_id)
    right = ids.encode(kind, {"Brand": brand.id, "Store": store.id, "Source": listing.source_id}[kind])
    wrong = names_of_nothing(kind)
    assert (await world.nobody(QUERY, filter={field: wrong}))["products"]["totalCount"] == 0
    assert (await world.nobody(QUERY, filter={field: [*wrong, right]}))["products"]["totalCount"] == 1


async def test_conditions_that_are_none(world: World) -> None:
    """Null, no attributes, and a discount of 0."""
    count = (await world.nobody(QUERY))["products"]["totalCount"] + 1
    await world.product()
    names = "brandIds storeIds colors minPrice currencyCode minDiscount availability attributes tags categorySlug"
    for given in (
        None,
        {},
        dict.fromkeys(names.split()),
        {"attributes": []},
        {"minDiscount": 0},
        {"currencyCode": "USD"},
    ):
        assert (await world.nobody(QUERY, filter=given))["products"]["totalCount"] == count


async def test_edges_of_prices(world: World) -> None:
    """Both ends belong to the range, and a price in another currency is none."""
    tag = word()
    for minor, currency in ((1000, "AED"), (2000, "AED"), (1500, "USD")):
        product = await world.product(tags=[tag])
        await world.listing(await world.variant(product_id=product.id), price_minor=minor, currency=currency)
    for given, count in (
        ({"minPrice": "10", "maxPrice": "20"}, 2), ({"minPrice": "10.01", "maxPrice": "19.99"}, 0),
        ({"minPrice": "15", "maxPrice": "15", "currencyCode": "USD"}, 1), ({"maxPrice": "1E+1"}, 1),
        ({"minPrice": "0", "maxPrice": "20.000"}, 2),
    ):  # fmt: skip
        assert (await world.nobody(QUERY, filter=given | {"tags": [tag]}))["products"]["totalCount"] == count


@pytest.mark.parametrize("sort", ["NEWEST", "PRICE_ASC", "PRICE_DESC", "RATING", "POPULARITY", "DISCOUNT"])
async def test_cursors_of_another_list(world: World, sort: str) -> None:
    """Of another order, filter or currency."""
    tag = word()
    for number in range(3):
        product = await world.product(tags=[tag], average_rating=3)
        listing = {"price_minor": 10**12 - number, "list_price_minor": 10**12, "availability": "IN_STOCK"}
        await world.listing(await world.variant(product_id=product.id), **listing)
    given = {"filter": {"tags": [tag]}, "sort": sort}
    cursor = (await world.nobody(QUERY, **given))["products"]["pageInfo"]["endCursor"]
    assert len((await world.nobody(QUERY, **given, after=cursor))["products"]["nodes"]) == 1
    other = "NEWEST" if sort != "NEWEST" else "POPULARITY"
    for changed in (
        {"sort": other}, {"filter": {"tags": [tag, "x"]}}, {"filter": {}}, {"filter": None},
        {"filter": {"tags": [tag], "currencyCode": "USD"}},
    ):  # fmt: skip
        (error,) = await world.nobody.errors(QUERY, **given | changed, after=cursor)
        assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", "bad_cursor")


@pytest.mark.parametrize("sort", ["NEWEST", "PRICE_ASC", "PRICE_DESC", "RATING", "POPULARITY", "DISCOUNT"])
async def test_a_thousand_equal_keys(world: World, sort: str) -> None:
    """`limits.md`, "Cursors": neither skipped nor repeated, with the thousand next to those that come last."""
    tag = word()
    await world.execute(
        """WITH made AS (INSERT INTO product (id, slug, title, tags, created_at, average_rating, popularity)
            SELECT gen_random_uuid(), $1 || n, 'x', ARRAY[$1::text], '2026-01-01', CASE WHEN n % 2 = 0 THEN 4 END, 5
            FROM generate_series(1, 1000) n RETURNING id, average_rating)
        INSERT INTO product_price (product_id, currency, best_listing_id, price_minor, lowest_minor, highest_minor, discount)
        SELECT id, 'AED', id, 100, 100, 100, 10 FROM made WHERE average_rating IS NOT NULL""",
        tag,
    )
    query = QUERY.replace("first: 1,", "first: 100,").replace(" facets { name }", "")
    seen: list[str] = []
    after = None
    for _ in range(10):
        page = (await world.nobody(query, filter={"tags": [tag]}, sort=sort, after=after))["products"]
        seen += [one["id"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == len(seen) == page["totalCount"] == 1000


async def test_retired_currency(world: World) -> None:
    """Imports refuse it, but listings from before may have it."""
    tag = word()
    variant = await world.variant(product_id=(await world.product(tags=[tag])).id)
    await world.listing(variant, currency="HRK", price_minor=1000)
    for price, expected in (("10", 1), ("10.01", 0)):
        given = {"tags": [tag], "currencyCode": "HRK", "minPrice": price}
        assert (await world.nobody(QUERY, filter=given))["products"]["totalCount"] == expected
