"""Lists that take `first`: images, variants and listings."""

from typing import Any

import pytest

from models import ids
from models.products import Image
from tests.people import World

DEFAULTS = {"images": 4, "variants": 10, "listings": 5}
ON_PRODUCT = ("images", "variants")
FIELDS = {"images": "url", "variants": "sku", "listings": "url"}


async def filled(world: World, number: int = 12) -> dict[tuple[str, str], list[str]]:
    """Save a product with as many of everything; gives what each list holds, in its order."""
    product = await world.product()
    variants = [await world.variant(product_id=product.id, position=place) for place in range(number)]
    images, listings = [], []
    for place in reversed(range(number)):
        image = Image(
            product_id=product.id,
            variant_id=variants[0].id,
            position=place,
            url=f"https://a.example/{product.id}/{place}",
        )
        await world.save(image)
        images.append(image.url)
        listings.append(
            (await world.listing(variants[0], price_minor=(place + 1) * 100, url=f"https://a.example/{place}")).url
        )
    return {
        ("Product", ids.encode("Product", product.id)): [],
        ("Product", "variants"): [variant.sku for variant in variants],
        ("Product", "images"): images[::-1],
        ("ProductVariant", ids.encode("ProductVariant", variants[0].id)): [],
        ("ProductVariant", "images"): images[::-1],
        ("ProductVariant", "listings"): listings[::-1],
    }


def lists(made: dict[tuple[str, str], list[str]]) -> list[tuple[str, str, str, list[str]]]:
    """The type, the id, the name of the list, and what it holds."""
    known = {kind: key for kind, key in made if not made[kind, key]}
    return [(kind, known[kind], name, made[kind, name]) for kind, name in made if made[kind, name]]


async def ask(world: World, kind: str, key: str, field: str) -> Any:
    """Ask for a list of one parent."""
    query = f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ found: {field} }} }} }}"
    return (await world.nobody(query, id=key))["node"]["found"]


async def test_first_says_how_many(world: World) -> None:
    for kind, key, name, expected in lists(await filled(world)):
        of = FIELDS[name]
        for argument, size in (("", DEFAULTS[name]), ("(first: null)", DEFAULTS[name]), ("(first: 3)", 3),
                               ("(first: 0)", 0), ("(first: 100)", 12)):  # fmt: skip
            found = await ask(world, kind, key, f"{name}{argument} {{ {of} }}")
            assert [one[of] for one in found] == expected[:size], (kind, name, argument)


@pytest.mark.parametrize("first", [-1, 101, 2**31 - 1])
async def test_a_bad_first_is_an_error(world: World, first: int) -> None:
    for kind, key, name, _ in lists(await filled(world, 1)):
        query = f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {name}(first: {first}) {{ {FIELDS[name]} }} }} }} }}"
        (error,) = await world.nobody.errors(query, id=key)
        assert error["message"] == f"`first` must be from 0 to 100, not {first}."
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_many_parents_are_one_statement(world: World, statements: list[str]) -> None:
    """Each list of each parent, limited by the database."""
    brand = await world.brand()
    made = []
    for number in range(6):
        product = await world.product(brand_id=brand.id)
        made.append(product)
        for place in range(number):
            await world.variant(product_id=product.id, position=place)
    query = """query ($slug: String!, $first: Int) { brandBySlug(slug: $slug) { products { nodes {
        slug one: variants(first: 1) { sku } some: variants(first: $first) { sku } } } } }"""
    statements.clear()
    found = (await world.nobody(query, slug=brand.slug, first=3))["brandBySlug"]["products"]["nodes"]
    assert len([one for one in statements if "product_variant" in one]) == 2
    sizes = {one["slug"]: (len(one["one"]), len(one["some"])) for one in found}
    assert sizes == {product.slug: (min(number, 1), min(number, 3)) for number, product in enumerate(made)}


async def test_by_id_and_by_slug(world: World) -> None:
    category = await world.category()
    key = ids.encode("Category", category.id)
    query = "query ($id: ID!, $slug: String!) { category(id: $id) { id } categoryBySlug(slug: $slug) { id } }"
    for id, slug, expected in (
        (key, category.slug, {"id": key}),
        (ids.encode("Brand", category.id), key, None),
    ):
        found = await world.nobody(query, id=id, slug=slug)
        assert found == {"category": expected, "categoryBySlug": expected}
