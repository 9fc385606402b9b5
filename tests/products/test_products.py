"""Products with what belongs to them: variants, pictures, attributes, where they are sold and for how much."""

from typing import Any

import pytest

from models import ids
from models.listings import Offer
from models.products import Attribute, AttributeValue, Image, ProductVariant
from tests.conventions.wrong import names_of_nothing
from tests.people import World, word

LISTED = "price { amount currencyCode } availability"
KINDS = ("COUPON", "BUNDLE")
WHOLE = f"""id slug title tags brand {{ name }} category {{ slug }} viewerHasWishlisted images {{ url }}
    bestListing {{ {LISTED} }} priceRange {{ minimum {{ amount currencyCode }} maximum {{ amount currencyCode }} }}
    variants(first: 2) {{ sku availability images {{ url }} attributes {{ attribute displayName value }} bestListing {{ {LISTED} }}
        product {{ slug }} listings(first: 2) {{ {LISTED} store {{ name source {{ name }} }} source {{ name }} offers {{ kind }} }} }}"""


def amount(value: str, currency: str = "AED") -> dict[str, str]:
    return {"amount": value, "currencyCode": currency}


async def product_of(world: World, variant: ProductVariant, fields: str) -> Any:
    """Ask for the product of a variant."""
    query = f"query ($id: ID!) {{ product(id: $id) {{ {fields} }} }}"
    return (await world.nobody(query, id=ids.encode("Product", variant.product_id)))["product"]


class TestOne:
    """P5, G1: by id, by slug, by SKU."""

    async def test_found(self, world: World) -> None:
        row = await world.product(description="Of linen.", tags=["summer", "\u0643\u062a\u0627\u0646"])
        variant = await world.variant(product_id=row.id, inventory=3, color_primary="white", size_label="M")
        query = """query ($id: ID!, $slug: String!, $sku: String!) {
            product(id: $id) { id title description tags createdAt updatedAt brand { id } category { id } viewerHasWishlisted }
            productBySlug(slug: $slug) { id } variantBySku(sku: $sku) { id inventory colorPrimary colorSecondary
            sizeLabel sizeSystem availability listings { id } bestListing { id } attributes { value } images { url } } }"""
        key = ids.encode("Product", row.id)
        for _ in range(2):
            found = await world.nobody(query, id=key, slug=row.slug, sku=variant.sku)
            assert (found["productBySlug"]["id"], found["product"]["id"]) == (key, key)
            assert found["product"].pop("createdAt") == found["product"].pop("updatedAt")
            assert found["product"] == {
                "id": key, "title": row.title, "description": "Of linen.", "tags": row.tags,
                "brand": None, "category": None, "viewerHasWishlisted": None,
            }  # fmt: skip
            assert found["variantBySku"] == {
                "id": ids.encode("ProductVariant", variant.id), "inventory": 3, "colorPrimary": "white",
                "colorSecondary": None, "sizeLabel": "M", "sizeSystem": None, "availability": "UNKNOWN",
                "listings": [], "bestListing": None, "attributes": [], "images": [],
            }  # fmt: skip

    @pytest.mark.parametrize("field", ["product", "brand"])
    async def test_nothing_of_this_id(self, world: World, field: str) -> None:
        for wrong in names_of_nothing(field.capitalize()):
            assert await world.nobody(f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", id=wrong) == {field: None}

    async def test_nothing_of_this_name(self, world: World) -> None:
        """A name is exact, letter case included."""
        row, brand = await world.product(slug=f"a{word()}"), await world.brand(slug=f"a{word()}")
        variant = await world.variant(sku=f"a{word()}")
        query = """query ($slug: String!, $brand: String!, $sku: String!) {
            productBySlug(slug: $slug) { id } brandBySlug(slug: $brand) { id } variantBySku(sku: $sku) { id } }"""
        names = row.slug, brand.slug, variant.sku
        for wrong in (*zip(*((one.upper(), one[:-1], f"{one} ") for one in names), strict=True), ("%",) * 3, ("",) * 3):
            found = await world.nobody(query, slug=wrong[0], brand=wrong[1], sku=wrong[2])
            assert found == {"productBySlug": None, "brandBySlug": None, "variantBySku": None}
        assert (await world.nobody(query, slug=row.slug, brand=brand.slug, sku=variant.sku))["brandBySlug"]


class TestStatements:
    """P1, P2: every edge is one statement, whatever the number of products."""

    query = f"query ($ids: [ID!], $first: Int) {{ products(filter: {{ brandIds: $ids }}, first: $first) {{ nodes {{ {WHOLE} }} }} }}"

    async def test_as_many_for_one_as_for_ten(self, world: World, statements: list[str]) -> None:
        me = await world.person()
        brand, category, wishlist = await world.brand(), await world.category(), await world.default_list(me)
        fabric = Attribute(name=word(), display_name="Fabric")
        await world.save(fabric)
        for number in range(1, 11):
            row = await world.product(brand_id=brand.id, category_id=category.id)
            for place in range(2):
                variant = await world.variant(product_id=row.id, position=place)
                await world.save(
                    AttributeValue(variant_id=variant.id, attribute_id=fabric.id, value=f"{number}{place}"),
                    Image(product_id=row.id, variant_id=variant.id, url=f"https://a.example/{number}/{place}"),
                )
                store = await world.store()
                listing = await world.listing(
                    variant, store_id=store.id, price_minor=number * 100 + place, availability="IN_STOCK"
                )
                await world.save(Offer(listing_id=listing.id, description="Less.", kind=KINDS[place]))
            if number % 2:
                await world.item(wishlist, variant)
        counts = []
        for size in (1, 1, 10, 10):
            statements.clear()
            found = (await me.graph(self.query, ids=[ids.encode("Brand", brand.id)], first=size))["products"]["nodes"]
            counts.append(len(statements))
            assert len(found) == size
            for number, one in zip(range(10, 10 - size, -1), found, strict=True):
                self.check(number, one, brand.name, category.slug)
        assert len(set(counts[1:])) == 1, "the first time nothing is fetched with the rows that refer to it"
        assert counts[1] <= counts[0] <= 18

    def check(self, number: int, one: Any, brand: str, category: str) -> None:
        assert (one["brand"], one["category"], one["viewerHasWishlisted"]) == (
            {"name": brand}, {"slug": category}, number % 2 == 1,
        )  # fmt: skip
        assert [image["url"] for image in one["images"]] == [f"https://a.example/{number}/{n}" for n in range(2)]
        prices = [amount(f"{number}.00"), amount(f"{number}.01")]
        assert one["priceRange"] == {"minimum": prices[0], "maximum": prices[1]}
        assert one["bestListing"]["price"] == prices[0]
        for place, variant in enumerate(one["variants"]):
            assert variant["images"] == [{"url": f"https://a.example/{number}/{place}"}]
            value = {"attribute": variant["attributes"][0]["attribute"], "displayName": "Fabric"}
            assert variant["attributes"] == [value | {"value": f"{number}{place}"}]
            assert (variant["bestListing"]["price"], variant["product"]["slug"]) == (prices[place], one["slug"])
            (listing,) = variant["listings"]
            assert (listing["price"], listing["offers"]) == (prices[place], [{"kind": KINDS[place]}])
            assert (listing["store"]["source"], bool(listing["source"]["name"])) == (None, True)


class TestOrder:
    """P1: what has an order keeps it."""

    async def test_variants_and_pictures(self, world: World) -> None:
        """By position, then in the order in which they came; a product has its variants' pictures too."""
        row = await world.product()
        variants = [await world.variant(product_id=row.id, position=place) for place in (2, 1, 1)]
        other = await world.variant()
        owners = [(None, 3), (variants[0].id, 1), (None, 1), (variants[1].id, 0)]
        for number, (owner, place) in enumerate(owners):
            url = f"https://a.example/{number}"
            await world.save(Image(product_id=row.id, variant_id=owner, url=url, position=place, is_primary=not place))
        await world.save(Image(product_id=other.product_id, variant_id=other.id, url="https://a.example/other"))
        image = "images { url isPrimary width height dominantColor }"
        found = await product_of(world, variants[0], f"{image} variants {{ sku {image} }}")
        assert [one["sku"] for one in found["variants"]] == [variants[place].sku for place in (1, 2, 0)]
        assert [one["url"][-1] for one in found["images"]] == ["3", "1", "2", "0"]
        assert [one["isPrimary"] for one in found["images"]] == [True, False, False, False]
        assert [[one["url"][-1] for one in variant["images"]] for variant in found["variants"]] == [["3"], [], ["1"]]

    async def test_attributes_by_name(self, world: World) -> None:
        variant, same = await world.variant(), word()
        for name, value in (("b", "2"), ("a", "9"), ("b", "1")):
            key = await world.value("SELECT id FROM attribute WHERE name = $1", name + same)
            if key is None:
                await world.save(made := Attribute(name=name + same, display_name=name.upper()))
                key = made.id
            await world.save(AttributeValue(variant_id=variant.id, attribute_id=key, value=value))
        found = await product_of(world, variant, "variants { attributes { attribute displayName value } }")
        assert found["variants"][0]["attributes"] == [
            {"attribute": "a" + same, "displayName": "A", "value": "9"},
            {"attribute": "b" + same, "displayName": "B", "value": "1"},
            {"attribute": "b" + same, "displayName": "B", "value": "2"},
        ]

    async def test_wishlist_of_the_viewer_alone(self, world: World) -> None:
        """W1: on any of the viewer's lists, by any variant; never on somebody else's."""
        me, them, variant = await world.person(), await world.person(), await world.variant()
        await world.variant(product_id=variant.product_id)
        await world.item((await world.wishlist(them, visibility="PUBLIC")).id, variant)
        query = "query ($id: ID!) { product(id: $id) { viewerHasWishlisted } }"
        for expected in (False, True):
            found = await me.graph(query, id=ids.encode("Product", variant.product_id))
            assert found == {"product": {"viewerHasWishlisted": expected}}
            await world.item((await world.wishlist(me)).id, variant)
