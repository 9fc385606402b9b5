"""Texts in the language that the request asks for: G7."""

import httpx2
import pytest

from models import ids
from models.languages import MAX_HEADER_CHARS, choose_language
from models.products import Attribute, AttributeValue
from tests.people import World, word
from tests.transport.wires import wired

ARABIC = {"accept-language": "ar-AE,ar;q=0.9,en;q=0.8"}
PRODUCT = """query ($id: ID!) { product(id: $id) { title description language
    category { name language } variants { attributes { displayName language value } } } }"""
TITLE = "query ($id: ID!) { product(id: $id) { title } }"


async def shirt(world: World) -> str:
    """Make a product whose texts are translated to Arabic; gives its id."""
    category = await world.category(name="Shirts", translations={"ar": {"name": "قمصان"}})
    texts = {"ar": {"title": "قميص كتان", "description": "خفيف."}}
    row = await world.product(title="Linen shirt", description="Light.", translations=texts, category_id=category.id)
    variant = await world.variant(product_id=row.id)
    fabric = Attribute(name=word(), display_name="Fabric", translations={"ar": {"display_name": "الخامة"}})
    await world.save(fabric)
    await world.save(AttributeValue(variant_id=variant.id, attribute_id=fabric.id, value="linen"))
    return ids.encode("Product", row.id)


def whole(title: str, description: str, category: str, attribute: str, language: str) -> object:
    return {
        "title": title, "description": description, "language": language,
        "category": {"name": category, "language": language},
        "variants": [{"attributes": [{"displayName": attribute, "language": language, "value": "linen"}]}],
    }  # fmt: skip


ENGLISH_SHIRT = whole("Linen shirt", "Light.", "Shirts", "Fabric", "en")
ARABIC_SHIRT = whole("قميص كتان", "خفيف.", "قمصان", "الخامة", "ar")


class TestTexts:
    """Over HTTP."""

    async def test_languages_are_never_mixed_up(self, world: World) -> None:
        """By the reference executor, then by plans, whichever language comes first."""
        id = await shirt(world)
        for _ in range(3):
            assert (await world.nobody(PRODUCT, id=id))["product"] == ENGLISH_SHIRT
            assert (await world.nobody(PRODUCT, ARABIC, id=id))["product"] == ARABIC_SHIRT

    async def test_what_is_not_translated_is_in_the_language_of_the_column(self, world: World) -> None:
        texts = {"ar": {"description": "خفيف."}, "fr": {"title": "Chemise"}}
        rows = [await world.product(title="Shirt", translations=texts), await world.product(title="Shirt")]
        fields = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { title description language } } }"
        found = await world.nobody(fields, ARABIC, ids=[ids.encode("Product", row.id) for row in rows])
        assert found["nodes"] == [
            {"title": "Shirt", "description": "خفيف.", "language": "en"},
            {"title": "Shirt", "description": None, "language": "en"},
        ]

    async def test_lists_are_translated_too(self, world: World) -> None:
        brand = await world.brand()
        await world.product(brand_id=brand.id, title="Shirt", translations={"ar": {"title": "قميص"}})
        query = "query ($id: ID!) { brand(id: $id) { products { nodes { title } } } }"
        found = await world.nobody(query, ARABIC, id=ids.encode("Brand", brand.id))
        assert found["brand"]["products"]["nodes"] == [{"title": "قميص"}]

    async def test_customers_own_language_counts_where_the_request_names_none(self, world: World) -> None:
        me, id = await world.person(preferred_language="ar"), await shirt(world)
        assert (await me.graph(TITLE, id=id))["product"] == {"title": "قميص كتان"}
        assert (await me.graph(TITLE, {"accept-language": "fr"}, id=id))["product"] == {"title": "قميص كتان"}
        assert (await me.graph(TITLE, {"accept-language": "en"}, id=id))["product"] == {"title": "Linen shirt"}

    async def test_other_languages_cost_the_default_nothing(self, world: World, statements: list[str]) -> None:
        """Its statements do not look at translations."""
        id = await shirt(world)
        await world.nobody(PRODUCT, id=id)
        assert len(statements) >= 3
        assert not [sql for sql in statements if "translations" in sql]

    async def test_answer_names_the_language(self, world: World) -> None:
        id = await shirt(world)
        for headers, language in ((ARABIC, "ar"), ({}, "en"), ({"accept-language": "fr"}, "en")):
            answer = await world.nobody.send(TITLE, headers, id=id)
            assert answer.headers["content-language"] == language

    async def test_get_is_translated_too(self, world: World, http: httpx2.AsyncClient) -> None:
        query = f'{{ product(id: "{await shirt(world)}") {{ title }} }}'
        answer = await http.get("/graphql", params={"query": query}, headers=ARABIC)
        assert answer.json() == {"data": {"product": {"title": "قميص كتان"}}}
        assert answer.headers["content-language"] == "ar"


class TestSockets:
    """Over a WebSocket: the language of the handshake, or what `connection_init` says instead."""

    @pytest.mark.parametrize(("header", "payload", "title"), [
        ({}, {}, "Linen shirt"), (ARABIC, {}, "قميص كتان"), ({}, {"Accept-Language": "ar"}, "قميص كتان"),
        (ARABIC, {"accept-language": "en"}, "Linen shirt"), ({}, {"accept-language": ["ar"]}, "Linen shirt"),
    ])  # fmt: skip
    async def test_title(
        self, world: World, address: str, header: dict[str, str], payload: dict[str, object], title: str
    ) -> None:
        id = await shirt(world)
        async with wired(address, additional_headers=header) as wire:
            await wire.say(type="connection_init", payload=payload)
            assert await wire.hear() == {"type": "connection_ack"}
            await wire.ask("1", TITLE, id=id)
            assert await wire.data("1") == {"product": {"title": title}}


SUPPORTED = ("en", "ar", "pt-BR")


class TestChoice:
    """`choose_language`."""

    @pytest.mark.parametrize(("header", "chosen"), [
        ("ar", "ar"), ("AR", "ar"), ("ar-AE", "ar"), ("ar-Arab-AE", "ar"), ("en-GB,ar;q=0.9", "en"),
        ("en;q=0.5, ar;q=0.9", "ar"), ("fr, ar;q=0.1", "ar"), ("*", "en"), ("en;q=0, *", "ar"), ("pt", "pt-BR"),
        ("pt-BR", "pt-BR"), ("ar;q=0", "en"), ("ar ; q=1.000", "ar"), ("en;q=0.9,ar-EG", "ar"), ("fr-CH, fr;q=0.9", "en"),
        ("en-GB;q=0.2,en;q=0.1,ar;q=0.15", "ar"),
    ])  # fmt: skip
    def test_preferred(self, header: str, chosen: str) -> None:
        assert choose_language(header, None, SUPPORTED) == chosen

    @pytest.mark.parametrize(("header", "own", "chosen"), [
        ("ar, en", None, "ar"), ("pt, ar-AE, en", "en", "pt-BR"), ("en;q=0.5, ar;q=0.5", None, "en"), ("ar, en;q=1.0", "en", "ar"),
        ("*", "ar", "ar"), ("fr, *;q=0.5", "ar", "ar"), ("en, *", "ar", "en"), ("ar;q=0, *", "ar", "en"), ("*;q=0", "ar", "ar"),
    ])  # fmt: skip
    def test_equal_qualities(self, header: str, own: str | None, chosen: str) -> None:
        """Their order counts, and `*`, which `fetch` of Node sends unasked, leaves it to the customer."""
        assert choose_language(header, own, SUPPORTED) == chosen

    @pytest.mark.parametrize("header", [
        "", ",", ";q=1", "ar;q=2", "ar;q=-1", "ar;q=nan", "ar;q=1.0001", "a_r", "عربي", "ar en", "\x00", "-", "abcdefghi",
        "ar," * (MAX_HEADER_CHARS // 3 + 1),
    ])  # fmt: skip
    def test_malformed_is_ignored(self, header: str) -> None:
        assert choose_language(header, None, SUPPORTED) == "en"
        assert choose_language(header, "ar", SUPPORTED) == "ar"

    def test_what_is_malformed_hides_nothing_else(self) -> None:
        assert choose_language("en;q=x, ,, ar;q=0.3", None, SUPPORTED) == "ar"

    @pytest.mark.parametrize(("own", "chosen"), [("ar", "ar"), ("de", "en"), (None, "en")])
    def test_own_language_must_be_supported(self, own: str | None, chosen: str) -> None:
        assert choose_language("de", own, SUPPORTED) == chosen
