"""P4: a value of a facet counts the products that the list would have with it, whatever else is chosen."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from actions import facet_counts
from auth.viewer import Viewer
from database.engine import Database
from database.urls import plain_url
from inputs.products import AttributeFilter, ProductFilter
from jobs.kinds import WorkContext
from loaders import facet_counts as counting
from loaders.facets import FacetLoader, facet_statement
from loaders.pages import NO_PARENT
from loaders.product_pages import Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore, sorted_pages
from models import ids
from resolvers import product_filters
from settings import Settings
from tests.people import World, word
from tests.product_pages.reference import AVAILABILITIES, COLORS, OWN, SIZES, VALUES, Catalogue
from tests.product_pages.saving import save

COUNT, FILTERS = 150, 25
Counts = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    made = Catalogue(Random(5))
    made.draw(COUNT)
    return made


@pytest.fixture(scope="module")
async def drawn(empty_database_url: str, catalogue: Catalogue) -> AsyncIterator[Database]:
    connection = await asyncpg.connect(plain_url(empty_database_url))
    async with connection.transaction():
        await save(catalogue, connection)
    await connection.close()
    database = await Database.connect(empty_database_url, size=2, statement=60, lock=2, wait=5)
    yield database
    await database.close()


async def load(database: Database, pages: Any, parents: list[UUID], filters: Any) -> list[Counts]:
    """Load the facets of all parents in one statement."""
    reads = database.reads()
    reads.always = {"viewer": None, "currency": OWN}
    try:
        found = await FacetLoader(reads, Viewer(), pages, filters).load_batch(parents)
        assert reads.statements <= (1 if filters else 2)
    finally:
        await reads.release()
    for one in found.values():
        in_order = sorted(one, key=lambda value: (value.name, -value.count))
        assert [(value.name, value.count) for value in in_order] == [(value.name, value.count) for value in one]
    return [{(value.name, value.value): value.count for value in found[parent]} for parent in parents]


def expected(catalogue: Catalogue, given: ProductFilter, belongs: Any, store: UUID | None) -> Counts:
    """Count for each value the products of the list that has it in place of what is chosen in its facet."""
    chosen: dict[tuple[str, str], ProductFilter] = {}
    for name, keys in (("brand", catalogue.brands), ("store", catalogue.stores), ("source", catalogue.sources)):
        for key in keys:
            chosen[name, str(key)] = replace(given, **{f"{name}_ids": [ids.encode(name.title(), key)]})
    for key in catalogue.parents:
        chosen["category", catalogue.slug(key)] = replace(given, category_slug=catalogue.slug(key))
    chosen |= {("color", one.lower()): replace(given, colors=[one]) for one in COLORS}
    chosen |= {("size", one): replace(given, sizes=[one]) for one in SIZES}
    chosen |= {("availability", one.value): replace(given, availability=[one]) for one in AVAILABILITIES}
    for name, values in VALUES.items():
        others = [one for one in given.attributes or () if one.attribute != name]
        for value in values:
            wanted = [*others, AttributeFilter(attribute=name, values=[value])]
            chosen[name, value] = replace(given, attributes=wanted)
    mine = [one for one in catalogue.products if belongs(one)]
    counts = {key: sum(catalogue.meets(one, as_if, store) for one in mine) for key, as_if in chosen.items()}
    return {key: count for key, count in counts.items() if count}


@pytest.fixture(params=[False, True], ids=["all", "sample"])
def from_a_sample(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    """Count from a sample, of which all products are part: the counts are then right."""
    if request.param:
        monkeypatch.setattr(counting, "MAX_READ", -1)
        monkeypatch.setattr(counting, "MAX_COUNTED", -1)
    facet_statement.cache_clear()
    yield request.param
    facet_statement.cache_clear()


@pytest.mark.parametrize("pages", [Products, ProductsOfBrand, ProductsOfCategory, ProductsOfStore])
async def test_as_counted(drawn: Database, catalogue: Catalogue, pages: Any, *, from_a_sample: bool) -> None:
    found_any = 0
    for number in range(FILTERS):
        given = ProductFilter() if number == 0 else catalogue.filter()
        given = replace(given, search=None)
        filters = product_filters.read(given, OWN, has_store=pages is ProductsOfStore)
        belonging: dict[UUID, Any] = {NO_PARENT: lambda _: True}
        if pages is ProductsOfBrand:
            belonging = {key: {one.id for one in catalogue.products if one.brand == key} for key in catalogue.brands}
        elif pages is ProductsOfCategory:
            below = {key: catalogue.below(key) for key in catalogue.parents}
            belonging = {k: {one.id for one in catalogue.products if one.category in v} for k, v in below.items()}
        elif pages is ProductsOfStore:
            belonging = dict.fromkeys(catalogue.stores)
        keys = list(belonging)
        for key, counts in zip(keys, await load(drawn, sorted_pages(pages, "PRICE_ASC"), keys, filters), strict=True):
            of_parent = belonging[key] if isinstance(belonging[key], set) else {one.id for one in catalogue.products}
            store = key if pages is ProductsOfStore else None
            assert counts == expected(catalogue, given, lambda one, known=of_parent: one.id in known, store), given
            found_any += bool(counts)
    assert found_any > FILTERS / 2


async def test_most_frequent_values_only(world: World) -> None:
    """At most fifty, and of equal ones always the same."""
    product = await world.product()
    for number in range(60):
        await world.variant(product_id=product.id, size_label=f"x{number:02}")
    await world.variant(product_id=(await world.product(brand_id=product.brand_id)).id, size_label="x59")
    brand = await world.brand()
    await world.execute("UPDATE product SET brand_id = $1 WHERE id = $2", brand.id, product.id)
    query = "query ($id: ID!) { brand(id: $id) { products { facets { name values { value label count } } } } }"
    for _ in range(2):
        found = (await world.nobody(query, id=ids.encode("Brand", brand.id)))["brand"]["products"]["facets"]
        (sizes,) = [one["values"] for one in found if one["name"] == "size"]
        assert sizes == [{"value": f"x{n:02}", "label": f"x{n:02}", "count": 1} for n in range(50)]


ESTIMATES = """query ($filter: ProductFilter) { products(filter: $filter) { facets {
    name isEstimate values { count } } } }"""
QUERY = """query ($filter: ProductFilter) { products(filter: $filter, first: 50) { totalCount nodes { id }
    facets { name values { value label count } } } }"""


async def test_what_is_chosen_is_found(world: World, statements: list[str]) -> None:
    """Each value can be sent as it is, and then counts what its facet said; three statements for all of it."""
    brand, tag = await world.brand(), word()
    category = await world.category()
    for number in range(3):
        row = await world.product(brand_id=brand.id, category_id=category.id, tags=[tag])
        variant = await world.variant(product_id=row.id, color_primary="Sand" if number else "red", size_label="M")
        store = await world.store()
        await world.listing(variant, store_id=store.id, price_minor=100, availability="IN_STOCK")
    statements.clear()
    given = {"tags": [tag], "sizes": ["M"]}
    found = (await world.nobody(QUERY, filter=given))["products"]
    assert len(statements) == 3
    assert [one["name"] for one in found["facets"]][:7] == [
        "brand", "category", "color", "size", "availability", "store", "source",
    ]  # fmt: skip
    names = {
        "brand": "brandIds", "category": "categorySlug", "color": "colors", "size": "sizes",
        "availability": "availability", "store": "storeIds", "source": "sourceIds",
    }  # fmt: skip
    facets = {one["name"]: one["values"] for one in found["facets"]}
    assert facets["brand"] == [{"value": ids.encode("Brand", brand.id), "label": brand.name, "count": 3}]
    assert [one["count"] for one in facets["color"]] == [2, 1]
    for name, field in names.items():
        assert facets[name]
        for one in facets[name]:
            value = one["value"] if name == "category" else [one["value"]]
            as_if = (await world.nobody(QUERY, filter=given | {field: value}))["products"]
            assert as_if["totalCount"] == one["count"]


async def test_facets_of_many_lists_are_refused(world: World) -> None:
    """They cost as much as fifty objects for each list."""
    query = "query ($n: Int!) { brands(first: $n) { nodes { products(first: 1) { facets { name } } } } }"
    await world.nobody(query, n=5)
    (error,) = await world.nobody.errors(query, n=100)
    assert error["extensions"]["code"] == "TOO_COMPLEX"


async def test_estimates_of_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many are counted in a sample, and the facet says so; one that leaves few is exact in the same answer."""
    for name, value in (("MAX_COUNTED", 30), ("DECIDING", 10_000), ("SAMPLE", 60)):
        monkeypatch.setattr(counting, name, value)
    facet_statement.cache_clear()
    for _ in range(80):
        await world.product()
    tag, few = word(), word()
    brand = await world.brand()
    for number in range(40):
        row = await world.product(tags=[tag, few] if number < 20 else [tag], brand_id=brand.id)
        await world.variant(product_id=row.id, size_label="M", color_primary="red" if number < 10 else "sand")
    try:
        for given, is_estimate in (
            ({"tags": [tag]}, {"color": True, "size": True}),
            ({"tags": [few]}, {"color": False, "size": False}),
            ({"tags": [tag], "colors": ["red"]}, {"color": True, "size": False}),
        ):
            found = (await world.nobody(ESTIMATES, filter=given))["products"]["facets"]
            facets = {one["name"]: one for one in found}
            assert {name: facets[name]["isEstimate"] for name in is_estimate} == is_estimate
            (of_size,) = [one["count"] for one in facets["size"]["values"]]
            whole = 10 if "colors" in given else 20 if few in given["tags"] else 40
            assert abs(of_size - whole) <= (4 * whole if is_estimate["size"] else 0)
    finally:
        facet_statement.cache_clear()


LABELS = """query ($filter: ProductFilter) { products(filter: $filter) { facets { name values { value label } } } }"""


async def test_categories_in_the_language_of_the_request(world: World) -> None:
    """Counted for the request, and of all products; where there is no translation, the name itself."""
    tag = word()
    for name, translations in (("Shirts", {"ar": {"name": "قمصان"}}), ("Coats", {"fr": {"name": "Manteaux"}})):
        category = await world.category(name=name, translations=translations)
        await world.product(tags=[tag], category_id=category.id)
        sql = "INSERT INTO facet_count VALUES ('category', $1, $2, 1)"
        await world.execute(sql, category.slug, name)
    try:
        for given in ({"tags": [tag]}, None):
            for header, labels in (({}, {"Shirts", "Coats"}), ({"accept-language": "ar"}, {"قمصان", "Coats"})):
                found = (await world.nobody(LABELS, header, filter=given))["products"]["facets"]
                (values,) = [one["values"] for one in found if one["name"] == "category"]
                shown = {one["label"] for one in values}
                assert shown == labels if given else shown >= labels  # all products may have been counted meanwhile
    finally:
        await world.execute("DELETE FROM facet_count")


async def test_an_attribute_with_the_name_of_a_facet(world: World) -> None:
    """It is no facet: its values could not be told from those of the other one."""
    tag = word()
    variant = await world.variant(product_id=(await world.product(tags=[tag])).id, size_label="M")
    for name in ("size", "brand", word()):
        await world.execute("INSERT INTO attribute (id, name, display_name) VALUES (gen_random_uuid(), $1, $1)", name)
        sql = "INSERT INTO attribute_value SELECT gen_random_uuid(), $1, id, 'x' FROM attribute WHERE name = $2"
        await world.execute(sql, variant.id, name)
    found = (await world.nobody(LABELS, filter={"tags": [tag]}))["products"]["facets"]
    values = {one["name"]: [value["value"] for value in one["values"]] for one in found}
    assert values["size"] == ["M"]
    assert (values["brand"], values[name]) == ([], ["x"])


class TestKept:
    """The counts over all products."""

    async def test_as_counted(
        self, drawn: Database, empty_database_url: str, catalogue: Catalogue, settings: Settings
    ) -> None:
        """As old as the last run of the timer; what has not changed is not written again."""
        context = WorkContext(settings, drawn, asyncio.Event())
        whole = expected(catalogue, ProductFilter(), lambda _: True, None)
        connection = await asyncpg.connect(plain_url(empty_database_url))
        try:
            await facet_counts.keep(context)
            before = await connection.fetch("SELECT xmin::text, name, value, count FROM facet_count ORDER BY 2, 3")
            assert {(row["name"], row["value"]): row["count"] for row in before} == whole
            async with connection.transaction():
                await connection.execute("INSERT INTO facet_count VALUES ('size', 'gone', 'gone', 1)")
                await connection.execute("UPDATE facet_count SET count = 0 WHERE name = 'size' AND value = 'M'")
            assert (await load(drawn, Products, [NO_PARENT], ()))[0]["size", "gone"] == 1
            await facet_counts.keep(context)
            after = await connection.fetch("SELECT xmin::text, name, value, count FROM facet_count ORDER BY 2, 3")
            assert [row["value"] for row in after if row not in before] == ["M"]
            assert len(after) == len(before)
        finally:
            await connection.execute("DELETE FROM facet_count")
            await connection.close()
