"""What people type, and the products that they expect among the first five (P12), over the sample of 200 products."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

import application
from tests.architecture.project import ROOT
from tests.conftest import serving
from tests.ingestion.lines import fetch, load

HERE = Path(__file__).parent
SAMPLE = ROOT / "demo" / "sample.jsonl"
SEARCH = """query ($search: String!) { products(filter: { search: $search }, first: 5) { nodes { slug } } }"""


def expected(name: str) -> Iterator[Any]:
    for line in (HERE / name).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            typed, _, slugs = line.partition(" | ")
            yield pytest.param(typed, slugs.split(), id=typed)


@pytest.fixture(scope="module")
async def shop(settings: Any, credentials: Any, empty_database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A server over the sample alone."""
    await load(empty_database_url, *SAMPLE.read_bytes().splitlines())
    assert await fetch(empty_database_url, "SELECT count(*) FROM product") == [(200,)]
    async with (
        serving(application.create(settings, credentials, empty_database_url)) as address,
        httpx2.AsyncClient(base_url=address) as client,
    ):
        yield client


async def found(shop: httpx2.AsyncClient, search: str) -> list[str]:
    answer = await shop.post("/graphql", json={"query": SEARCH, "variables": {"search": search}})
    return [node["slug"] for node in answer.json()["data"]["products"]["nodes"]]


@pytest.mark.parametrize(("typed", "wanted"), [*expected("english.txt"), *expected("arabic.txt")])
async def test_what_is_expected_comes_first(shop: httpx2.AsyncClient, typed: str, wanted: list[str]) -> None:
    first = await found(shop, typed)
    assert set(wanted) <= set(first), first


@pytest.mark.parametrize("name", ["english.txt", "arabic.txt"])
def test_each_set_has_fifty(name: str) -> None:
    assert len(list(expected(name))) >= 50


async def test_titles_come_in_the_language_of_the_request(shop: httpx2.AsyncClient) -> None:
    """Whatever the language of the search is."""
    query = '{ products(filter: { search: "taif rose" }, first: 1) { nodes { title language } } }'
    for language, title in (("ar", "عطر ورد الطائف"), ("en", "Taif Rose Perfume")):
        answer = await shop.post("/graphql", json={"query": query}, headers={"Accept-Language": language})
        assert answer.json()["data"]["products"]["nodes"] == [{"title": title, "language": language}]
