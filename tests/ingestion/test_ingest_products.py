"""`ingestProducts`."""

import asyncio
from functools import partial
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, get_named_type

from ingestion.lines import Line, Record
from inputs.ingestion import MAX_PRODUCTS
from models import ids
from tests.architecture.project import GRAPH
from tests.crowd import patiently
from tests.graph import only
from tests.ingestion.lines import at
from tests.ingestion.samples import item
from tests.people import Person, World, word

COUNTS = "accepted created changed outdated rejected { index message }"


@pytest.fixture
async def service(world: World) -> Person:
    return await world.person(role="SERVICE")


async def ingest(person: Person, *products: dict[str, Any], **values: Any) -> dict[str, Any]:
    payload: dict[str, Any] = await person.graph.mutate("ingestProducts", COUNTS, products=list(products), **values)
    return payload


class TestRoles:
    async def test_anonymous(self, world: World) -> None:
        payload = await world.nobody.mutate("ingestProducts", COUNTS, products=[item()])
        assert (only(payload), payload["accepted"]) == ("SignedOutError", None)

    @pytest.mark.parametrize("role", ["CUSTOMER", "SOLVER", "ADMIN"])
    async def test_not_allowed(self, world: World, role: str) -> None:
        given = item()
        payload = await ingest(await world.person(role=role), given)
        assert (only(payload), payload["accepted"], payload["rejected"]) == ("NotAllowedError", None, None)
        assert payload["userErrors"][0]["requiredRole"] == "SERVICE"
        assert await world.value("SELECT count(*) FROM product_variant WHERE sku = $1", given["sku"]) == 0

    @pytest.mark.parametrize("role", ["SERVICE", "OWNER"])
    async def test_allowed(self, world: World, role: str) -> None:
        payload = await ingest(await world.person(role=role), item())
        assert (payload["accepted"], payload["created"], payload["userErrors"]) == (1, 1, [])


class TestItems:
    async def test_whole_record(self, world: World, service: Person) -> None:
        given = item(
            colorPrimary="white", sizeLabel="38", sizeSystem="EU", inventory=3,
            attributes=[{"name": "material", "value": "linen"}], images=[{"url": "https://images.example/{width}.webp"}],
        )  # fmt: skip
        given["product"] |= {"brand": "Marina Linen", "translations": [{"language": "ar", "title": "قميص كتان"}]}
        given["listings"][0] |= {"listPrice": "159.00", "store": {"slug": "dune-and-sea"}, "availability": "IN_STOCK"}
        payload = await ingest(service, given)
        assert (payload["created"], payload["rejected"]) == (1, [])
        query = """query ($sku: String!) { variantBySku(sku: $sku) {
            sku colorPrimary availability attributes { value } images { url }
            product { title brand { name } }
            bestListing { price { amount currencyCode } store { slug } source { name } } } }"""
        found = (await world.nobody(query, sku=given["sku"]))["variantBySku"]
        assert found["availability"] == "IN_STOCK"
        assert found["product"] == {"title": "Linen shirt", "brand": {"name": "Marina Linen"}}
        assert found["bestListing"]["price"] == {"amount": "129.00", "currencyCode": "AED"}
        assert found["bestListing"]["store"]["slug"] == "dune-and-sea"
        assert found["attributes"] == [{"value": "linen"}]
        saved = "SELECT translations::text FROM product WHERE slug = $1"
        assert await world.value(saved, given["product"]["slug"]) == '{"ar": {"title": "قميص كتان"}}'

    async def test_image_that_variants_share(self, world: World, service: Person) -> None:
        """Each variant has it; the product has it once."""
        first, second = item(), item()
        second["product"] = first["product"]
        shared, front, back = ({"url": f"https://images.example/{name}.webp"} for name in ("shared", "front", "back"))
        first["images"], second["images"] = [shared, front], [shared, back, front]
        await ingest(service, first, second)
        images = lambda found: [image["url"].rpartition("/")[2] for image in found["images"]]
        query = """query ($slug: String!) { productBySlug(slug: $slug) {
            images(first: 3) { url } variants { images { url } } } }"""
        found = (await world.nobody(query, slug=first["product"]["slug"]))["productBySlug"]
        assert images(found) == ["shared.webp", "front.webp", "back.webp"]
        assert [images(variant) for variant in found["variants"]] == [
            ["shared.webp", "front.webp"], ["shared.webp", "back.webp", "front.webp"],
        ]  # fmt: skip

    async def test_rejected_ones_are_named_and_the_rest_is_stored(self, world: World, service: Person) -> None:
        wrong, scripted, later = item(), item(), item()
        wrong["listings"][0]["price"] = "-1"
        scripted["listings"][0]["url"] = "javascript:alert(1)"
        later["listings"][0]["observedAt"] = "2999-01-01T00:00:00Z"
        payload = await ingest(service, wrong, item(), scripted, later, item())
        assert (payload["accepted"], payload["created"], payload["userErrors"]) == (2, 2, [])
        assert [one["index"] for one in payload["rejected"]] == [0, 2, 3]
        assert payload["rejected"][0]["message"] == "listings[0].price: Input should be greater than 0."
        assert "listings[0].url" in payload["rejected"][1]["message"]

    async def test_reasons_name_fields_as_the_graph_does(self, service: Person) -> None:
        given = item(sizeLabel="x" * 201, images=[{"url": "https://images.example/1", "altText": ""}])
        given["listings"][0] |= {"observedAt": "2026-11-20T10:00:00", "sourceProductId": ""}
        message = (await ingest(service, given))["rejected"][0]["message"]
        for field in ("sizeLabel: ", "images[0].altText: ", "listings[0].sourceProductId: ", "1 more mistake."):
            assert field in message

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"attributes": [{"name": "fit", "value": "a"}, {"name": "fit", "value": "b"}]}, "attributes: "),
            ({"translations": [{"language": "ar", "title": "a"}, {"language": "ar"}]}, "product.translations: "),
        ],
    )
    async def test_same_key_twice(self, service: Person, values: dict[str, Any], expected: str) -> None:
        """As in a file, where an object with the same key twice is rejected."""
        given = item(**{name: value for name, value in values.items() if name == "attributes"})
        given["product"] |= {name: value for name, value in values.items() if name == "translations"}
        payload = await ingest(service, given)
        assert payload["accepted"] == 0
        assert payload["rejected"][0]["message"].startswith(expected)
        assert "twice" in payload["rejected"][0]["message"]

    async def test_same_again(self, service: Person) -> None:
        given = item()
        await ingest(service, given)
        payload = await ingest(service, given)
        assert [payload[name] for name in ("accepted", "created", "changed", "outdated")] == [1, 0, 0, 0]
        given["listings"][0] |= {"price": "99.00", "observedAt": at(1)}
        assert (await ingest(service, given))["changed"] == 1
        given["listings"][0] |= {"price": "1.00", "observedAt": at(0)}
        assert (await ingest(service, given))["outdated"] == 1

    async def test_how_many(self, service: Person) -> None:
        for count in (0, MAX_PRODUCTS + 1):
            payload = await ingest(service, *[item()] * count)
            assert (only(payload), payload["userErrors"][0]["field"]) == ("InvalidInputError", ["input", "products"])
        payload = await ingest(service, *[item() for _ in range(MAX_PRODUCTS)])
        assert payload["created"] == MAX_PRODUCTS

    async def test_idempotency_key(self, service: Person) -> None:
        given, key = [item()], word()
        first = await ingest(service, *given, idempotencyKey=key)
        assert first["created"] == 1
        assert await ingest(service, *given, idempotencyKey=key) == first


class TestRaces:
    async def test_same_new_products_at_once(self, world: World) -> None:
        services = [await world.person(role="SERVICE") for _ in range(10)]
        given = [item() for _ in range(5)]
        send = lambda person, items: patiently(lambda: ingest(person, *items))
        payloads = await asyncio.gather(
            *(send(person, given[:: (-1) ** number]) for number, person in enumerate(services))
        )
        assert sum(payload["created"] for payload in payloads) == len(given)
        skus = [one["sku"] for one in given]
        assert await world.value("SELECT count(*) FROM product_variant WHERE sku = ANY ($1)", skus) == len(given)

    async def test_beside_wishlists_and_followers(self, world: World) -> None:
        """Imports lock products; who puts variants on lists and follows stores locks neither before the other."""
        services = [await world.person(role="SERVICE") for _ in range(2)]
        shoppers, store = [await world.person() for _ in range(6)], word().lower()
        given = [item() for _ in range(10)]
        for one in given:
            one["listings"][0]["store"] = {"slug": store}
        await ingest(services[0], *given)
        sql = "SELECT id FROM product_variant WHERE sku = ANY ($1)"
        rows = await world.database.pool.fetch(sql, [one["sku"] for one in given])
        variants = [ids.encode("ProductVariant", row["id"]) for row in rows]
        followed = ids.encode("Store", await world.value("SELECT id FROM store WHERE slug = $1", store))

        async def observe(person: Person, step: int) -> None:
            for minutes in range(1, 6):
                later = {"price": f"{minutes}.00", "observedAt": at(minutes)}
                items = [one | {"listings": [one["listings"][0] | later]} for one in given[::step]]
                payload = await patiently(partial(ingest, person, *items))
                assert (payload["accepted"], payload["userErrors"]) == (len(given), [])

        async def shop(person: Person) -> None:
            for variant in variants:
                add = lambda variant=variant: person.graph.mutate("addToWishlist", "existed", variantId=variant)
                assert (await patiently(add))["existed"] is False
            follow = lambda: person.graph.mutate("followStore", "store { followersCount }", storeId=followed)
            assert (await patiently(follow))["userErrors"] == []

        await asyncio.gather(observe(services[0], 1), observe(services[1], -1), *map(shop, shoppers))
        assert await world.value("SELECT followers_count FROM store WHERE slug = $1", store) == len(shoppers)
        sql = "SELECT DISTINCT price_minor FROM listing l JOIN store s ON s.id = store_id WHERE s.slug = $1"
        assert await world.value(sql, store) == 500


def test_inputs_have_what_lines_have() -> None:
    """Each field of a line is in the graph, and is required in both or in neither."""
    seen: set[str] = set()

    def compare(record: type[Record]) -> None:
        graphql_type = GRAPH.type_map[record.graphql_name]
        assert isinstance(graphql_type, GraphQLInputObjectType)
        seen.add(record.graphql_name)
        more = {"language"} if record.graphql_name.endswith("TranslationInput") else set()
        assert {info.alias for info in record.model_fields.values()} | more == graphql_type.fields.keys()
        for info in record.model_fields.values():
            field = graphql_type.fields[info.alias or ""]
            assert isinstance(field.type, GraphQLNonNull) == info.is_required(), info.alias
            assert field.description == info.description
            inner = get_named_type(field.type).name
            found = [one for one in records if one.graphql_name == inner and inner not in seen]
            for one in found:
                compare(one)

    records = Record.__subclasses__()
    compare(Line)
    assert seen == {one.graphql_name for one in records}
