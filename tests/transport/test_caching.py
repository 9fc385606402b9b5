"""Answers that caches may keep (X9): those of anonymous queries for what is public, by GET."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

import application
from auth.secrets import Secrets
from models.products import Image
from schema.root import build
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.variables import changed

BRANDS = "{ brands { nodes { name } pageInfo { endCursor } } }"
PRODUCTS = "{ products(first: 1) { edges { cursor node { title brand { name } } } } }"


@pytest.fixture(scope="module")
async def public(database_url: str, credentials: Secrets, settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A server whose address is configured, as in production."""
    given = changed(settings, public_url="https://shop.example")
    async with (
        serving(application.create(given, credentials, database_url)) as url,
        httpx2.AsyncClient(base_url=url) as http,
    ):
        yield http


@pytest.fixture
def world(world: World, public: httpx2.AsyncClient) -> World:
    return replace(world, http=public)


async def get(world: World, query: str, headers: dict[str, str] | None = None, **members: str) -> httpx2.Response:
    return await world.http.get("/graphql", params={"query": query, **members}, headers=headers or {})


class TestAge:
    """The least of the types of all fields."""

    @pytest.mark.parametrize(
        ("query", "seconds"),
        [
            (BRANDS, 300),
            ("{ categories { id name children { slug } } }", 300),
            (PRODUCTS, 60),
            ("{ brands { nodes { name products { totalCount } } } }", 60),
            ("{ products { totalCount facets { name values { value count } } } }", 60),
            (
                "query Q($on: Boolean = false) { brands { nodes { name } } products @include(if: $on) { totalCount } }",
                60,
            ),
            ("{ ...F } fragment F on Query { brands { ...B } } fragment B on BrandConnection { totalCount }", 300),
            ("{ brands { nodes { name __typename } __typename } __typename }", 300),
        ],
    )
    async def test_of_public_ones(self, world: World, query: str, seconds: int) -> None:
        answer = await get(world, query)
        assert "errors" not in answer.json()
        assert answer.headers.get_list("cache-control") == [f"public, max-age={seconds}"]
        assert answer.headers["vary"] == "accept, accept-encoding, accept-language, authorization, graphql-cost, origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-language"] == "en"
        assert not [name for name in answer.headers if name.startswith("ratelimit")]

    @pytest.mark.parametrize(
        "query",
        [
            "{ viewer { id } }",
            "{ supportedLanguages }",
            "{ __typename }",
            "{ __schema { queryType { name } } }",
            "{ brands { nodes { name } } viewer { id } }",
            '{ brands { nodes { name } } __type(name: "Brand") { name } }',
            '{ customerByUsername(username: "x") { id } }',
            '{ node(id: "x") { id } }',
            "{ nodes(ids: []) { ... on Brand { name } } }",
            "{ stores { nodes { name } } ...C } fragment C on Query { viewer { id } }",
        ],
    )
    async def test_of_others(self, world: World, query: str) -> None:
        answer = await get(world, query)
        assert answer.headers.get_list("cache-control") == ["no-store"]
        assert "etag" not in answer.headers

    async def test_every_type_that_leads_to_people_is_left_out(self) -> None:
        """A field may lead from a product to a person one day: the person's type then ends the caching."""
        types: Any = build()._schema.type_map
        kept = {name for name, kind in types.items() if _max_age(kind)}
        assert kept == {
            "AttributeValue", "Brand", "Category", "FacetValue", "Image", "Listing", "Money", "Offer", "PageInfo",
            "PricePoint", "PriceRange", "Product", "ProductFacet", "ProductVariant", "Source", "Store",
        }  # fmt: skip


def _max_age(kind: Any) -> Any:
    return getattr(getattr(kind.extensions.get("strawberry-definition"), "origin", None), "max_age", None)


class TestWhoAsks:
    """Only what everybody gets is kept."""

    async def test_a_token(self, world: World) -> None:
        person = await world.person()
        answer = await get(world, BRANDS, {"authorization": f"Bearer {person.graph.token}"})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        refused = await get(world, BRANDS, {"authorization": "Bearer x"})
        assert (refused.status_code, refused.headers["cache-control"]) == (401, "no-store")

    async def test_a_post(self, world: World) -> None:
        assert (await world.nobody.send(BRANDS)).headers["cache-control"] == "no-store"

    async def test_errors(self, world: World) -> None:
        for query in ("{ brands(first: 101) { nodes { name } } }", "{ brands { nodes { nome } } }", "{"):
            answer = await get(world, query)
            assert answer.json()["errors"]
            assert answer.headers["cache-control"] == "no-store"

    async def test_a_report_of_costs(self, world: World) -> None:
        answer = await get(world, BRANDS, {"graphql-cost": "report"})
        assert answer.json()["extensions"]
        assert answer.headers["cache-control"] == "no-store"


class TestTag:
    """A client that has an answer already gets no second one."""

    async def test_the_same_answer_is_not_sent_again(self, world: World) -> None:
        product = await world.product()
        query = f'{{ productBySlug(slug: "{product.slug}") {{ title }} }}'
        first = await get(world, query)
        tag = first.headers["etag"]
        for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
            again = await get(world, query, {"if-none-match": known, "accept-encoding": "gzip"})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == first.headers["cache-control"]
            assert again.headers["vary"] == first.headers["vary"]
        await world.execute("UPDATE product SET title = 'Another' WHERE id = $1", product.id)
        changed = await get(world, query, {"if-none-match": tag})
        assert (changed.status_code, changed.json()["data"]["productBySlug"]) == (200, {"title": "Another"})
        assert changed.headers["etag"] != tag

    async def test_languages_have_tags_of_their_own(self, world: World) -> None:
        product = await world.product(translations={"ar": {"title": "عباية"}})
        query = f'{{ productBySlug(slug: "{product.slug}") {{ title }} }}'
        english = await get(world, query, {"accept-language": "en"})
        arabic = await get(world, query, {"accept-language": "ar", "if-none-match": english.headers["etag"]})
        assert arabic.json()["data"]["productBySlug"] == {"title": "عباية"}
        assert arabic.headers["content-language"] == "ar"

    async def test_compressed(self, world: World) -> None:
        answer = await get(
            world, '{ stores(first: 100, search: "") { nodes { id name slug } } }', {"accept-encoding": "gzip"}
        )
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert {*answer.headers["vary"].split(", ")} >= {"accept-encoding", "origin", "authorization"}


async def test_what_depends_on_the_host_is_in_no_shared_cache(world: World, http: httpx2.AsyncClient) -> None:
    """In development, addresses of images begin as the client has reached the server; a cache may not look at `Host`."""
    product = await world.product()
    await world.save(Image(product_id=product.id, url="/images/shirt.webp", position=0))
    query = f'{{ productBySlug(slug: "{product.slug}") {{ images {{ url }} }} }}'
    near = replace(world, http=http)
    for server, host, begins, kept in (
        (near, "192.168.1.9:8000", "http://192.168.1.9:8000", "private"),
        (near, "localhost", "http://localhost", "private"),
        (world, "192.168.1.9:8000", "https://shop.example", "public"),
    ):
        answer = await get(server, query, {"host": host})
        assert answer.json() == {"data": {"productBySlug": {"images": [{"url": f"{begins}/images/shirt.webp"}]}}}
        assert answer.headers["cache-control"] == f"{kept}, max-age=60"
