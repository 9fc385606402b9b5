"""The application as a whole: health, headers, what production leaves out, and the graph's own errors over HTTP."""

from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr, ValidationError

import application
from auth.secrets import load
from settings import Settings
from tests.conftest import serving
from tests.graph import Graph
from tests.people import World

QUERY = {"query": "{ supportedLanguages }"}


class TestHealth:
    """X5, as far as probes need it."""

    async def test_live_and_ready(self, http: httpx2.AsyncClient) -> None:
        assert (await http.get("/health/live")).json() == {"status": "live"}
        assert (await http.get("/health/ready")).json() == {"status": "ready"}

    async def test_ready_needs_the_database_and_live_does_not(self, settings: Settings, database_url: str) -> None:
        app = application.create(settings, load(settings), database_url)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url) as http:
            database = app.state.resources.database
            take = database.connections.acquire

            async def refuse() -> None:
                raise ConnectionRefusedError

            database.connections.acquire = database.probe._connect = refuse
            assert (await http.get("/health/live")).status_code == 200
            assert (await http.get("/health/ready")).status_code == 503
            answer = await http.post("/graphql", json={"query": "{ stores(first: 1) { nodes { name } } }"})
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
            database.connections.acquire = take
            assert (await http.post("/graphql", json=QUERY)).status_code == 200


class TestHeaders:
    """limits.md: 16 KiB of headers."""

    async def test_too_large(self, http: httpx2.AsyncClient) -> None:
        answer = await http.post("/graphql", json=QUERY, headers={"x-large": "a" * 17_000})
        assert answer.status_code == 431
        assert answer.json()["errors"][0]["extensions"]["reason"] == "headers_too_large"
        assert (await http.post("/graphql", json=QUERY)).status_code == 200


class TestProduction:
    """What development offers and production does not."""

    @pytest.fixture
    def production(self, tmp_path: Path, database_url: str) -> Settings:
        return Settings(
            environment="production",
            data_folder=tmp_path,
            database_url=SecretStr(database_url),
            secret_key=SecretStr("s" * 40),
            clerk_issuer="https://clerk.example",
            clerk_webhook_secrets=(SecretStr("whsec_" + "c2VjcmV0" * 4),),
            cors_origins=("https://shop.example",),
        )

    async def test_leaves_out_what_only_developers_need(self, production: Settings, database_url: str) -> None:
        app = application.create(production, load(production), database_url)
        async with serving(app) as url, httpx2.AsyncClient(base_url=url) as http:
            assert (await http.get("/graphql", headers={"accept": "text/html"})).status_code == 406
            assert (await http.get("/explorer/index.html")).status_code == 404
            asked = await http.post("/graphql", json={"query": "{ __schema { queryType { name } } }"})
            assert "errors" in asked.json()
            assert (await http.get("/metrics")).status_code == 404
            missed = await http.post("/graphql", json={"query": "{ supportedLanguage }"})
            assert "supportedLanguages" not in missed.text
            assert (await http.post("/graphql", json=QUERY)).json() == {"data": {"supportedLanguages": ["en", "ar"]}}
            origin = {"origin": "https://shop.example", "access-control-request-method": "POST"}
            assert (await http.options("/graphql", headers=origin)).headers["access-control-allow-origin"] == origin[
                "origin"
            ]
            other = origin | {"origin": "https://other.example"}
            assert "access-control-allow-origin" not in (await http.options("/graphql", headers=other)).headers
        assert not list(production.data_folder.iterdir()), "production makes up no secrets"

    @pytest.mark.parametrize("missing", ["database_url", "secret_key", "clerk_issuer", "clerk_webhook_secrets"])
    def test_names_what_is_missing(self, production: Settings, missing: str) -> None:
        given = production.model_dump() | {missing: None if missing != "clerk_webhook_secrets" else ()}
        with pytest.raises(ValidationError, match=missing.upper()):
            Settings(**given)

    def test_has_no_development_tokens(self, production: Settings) -> None:
        with pytest.raises(ValidationError, match="DEVELOPMENT_TOKENS"):
            Settings(**production.model_dump() | {"development_tokens": True})


class TestConnectionPool:
    """limits.md: waiting for a connection 2 s, then 503; the connections of requests that fail come back."""

    async def test_a_crowd_is_answered_by_few_connections(self, world: World) -> None:
        import asyncio

        person = await world.person()
        answers = await asyncio.gather(*(person.graph("{ viewer { username } }") for _ in range(200)))
        assert {answer["viewer"]["username"] for answer in answers} == {person.username}

    async def test_pages_are_checked(self, http: httpx2.AsyncClient) -> None:
        """G2: a bad cursor, both ends, or a page of more than 100 is a clear error, and the next request is answered."""
        graph = Graph(http)
        for arguments in (
            "first: 101",
            "first: -1",
            "last: 101",
            "first: 1, last: 1",
            'after: "x"',
            f'after: "{"A" * 9000}"',
        ):
            (error,) = await graph.errors(f"{{ stores({arguments}) {{ nodes {{ name }} }} }}")
            assert error["extensions"]["code"] == "BAD_USER_INPUT", arguments
            assert len(error["message"]) < 300
        assert (await graph("{ stores(first: 0) { nodes { name } } }")) == {"stores": {"nodes": []}}
