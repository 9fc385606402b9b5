"""`GET /schema.graphql`, and `GET /`, which leads to GraphiQL: in development only (X2)."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import zstandard

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.variables import changed

SDL = (Path(__file__).parents[2] / "schema.graphql").read_bytes()
NEAR = "http://localhost:5173"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
async def production(database_url: str, credentials: Secrets, settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    given = changed(settings, environment="production")
    app = application.create(given, credentials, database_url)
    async with serving(app) as url, httpx2.AsyncClient(base_url=url) as http:
        yield http


class TestSchema:
    async def test_is_what_the_command_prints(self, http: httpx2.AsyncClient) -> None:
        answer = await http.get("/schema.graphql")
        assert answer.status_code == 200
        assert answer.content == SDL
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["vary"] == "Accept-Encoding"

    @pytest.mark.parametrize("coding", ["br", "gzip", "zstd", "identity"])
    async def test_codings(self, http: httpx2.AsyncClient, coding: str) -> None:
        answer = await http.get("/schema.graphql", headers={"accept-encoding": coding})
        content = zstandard.decompress(answer.content) if coding == "zstd" else answer.content
        assert content == SDL
        assert answer.headers.get("content-encoding", "identity") == coding
        if coding != "identity":
            assert int(answer.headers["content-length"]) < len(SDL) / 2

    async def test_only_once(self, http: httpx2.AsyncClient) -> None:
        first = await http.get("/schema.graphql")
        assert first.headers["cache-control"] == "no-cache"
        again = await http.get("/schema.graphql", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        other = await http.get("/schema.graphql", headers={"if-none-match": '"another"'})
        assert other.status_code == 200

    async def test_head(self, http: httpx2.AsyncClient) -> None:
        answer = await http.head("/schema.graphql", headers={"accept-encoding": "identity"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) == len(SDL)

    async def test_reading_only(self, http: httpx2.AsyncClient) -> None:
        answer = await http.post("/schema.graphql", content=b"type Query")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert (await http.options("/schema.graphql")).status_code == 204

    async def test_origins_as_those_of_the_graph(self, http: httpx2.AsyncClient) -> None:
        near = await http.get("/schema.graphql", headers={"origin": NEAR})
        assert near.headers["access-control-allow-origin"] == NEAR
        far = await http.get("/schema.graphql", headers={"origin": "https://evil.example"})
        assert (far.status_code, "access-control-allow-origin" in far.headers) == (403, False)

    async def test_not_in_production(self, production: httpx2.AsyncClient) -> None:
        assert (await production.get("/schema.graphql")).status_code == 404


class TestRoot:
    @pytest.mark.parametrize("query", ["", "?query=%7Bviewer%7Bid%7D%7D&variables=%7B%22a%22%3A1%7D"])
    async def test_leads_browsers_to_the_page(self, http: httpx2.AsyncClient, query: str) -> None:
        for method in ("GET", "HEAD"):
            answer = await http.request(method, f"/{query}", headers=BROWSER)
            assert (answer.status_code, answer.headers["location"]) == (307, f"/graphql{query}")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["vary"] == "Accept"

    async def test_tells_programs_where_the_graph_is(self, http: httpx2.AsyncClient) -> None:
        answer = await http.get("/")
        assert answer.status_code == 404
        assert "/graphql" in answer.text

    async def test_reading_only(self, http: httpx2.AsyncClient) -> None:
        assert (await http.post("/", headers=BROWSER)).status_code == 405

    async def test_not_in_production(self, production: httpx2.AsyncClient) -> None:
        assert (await production.get("/", headers=BROWSER)).status_code == 404
