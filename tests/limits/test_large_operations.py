"""Operations that could give more objects than are allowed: refused before anybody is asked and anything is read."""

from typing import Any

import httpx2
import orjson
from structlog.testing import capture_logs

from tests.transport.wires import greeted

LARGE = (
    "{brands(first:100){nodes{products(first:100){nodes{brand{products(first:100){nodes"
    "{brand{products(first:100){nodes{id title}}}}}}}}}}}"
)
PAGES = "query ($first: Int) { brands(first: $first) { nodes { products(first: 100) { nodes { brand { id } } } } } }"
LISTS = "{ products(first: 100) { nodes { variants { listings { offers { kind } } } } } }"


def refused(error: Any, allowed: int = 5_000) -> dict[str, Any]:
    extensions: dict[str, Any] = error["extensions"]
    assert (extensions["code"], extensions["retryable"]) == ("TOO_COMPLEX", False)
    assert extensions["measured"] > extensions["allowed"] == allowed
    assert 1 <= len(extensions["paths"]) <= 3
    assert len(error["message"]) < 400
    return extensions


class TestRefused:
    """As anybody: before the token is looked at, and before the first statement."""

    async def test_over_http(self, http: httpx2.AsyncClient, statements: list[str]) -> None:
        for token in ({}, {"authorization": "Bearer nonsense"}):
            with capture_logs() as logs:
                response = await http.post("/graphql", json={"query": LARGE}, headers=token)
            (error,) = response.json()["errors"]
            refused(error, 10_000 if token else 5_000)
            assert "'brands.nodes.products.nodes.brand.products.nodes.brand.products.nodes'" in error["message"]
            assert f"A page size of {9 if token else 7} for every page" in error["message"]
            assert (response.json().keys(), [one["event"] for one in logs]) == ({"errors"}, ["operation_refused"])
        assert statements == []

    async def test_by_a_variable(self, http: httpx2.AsyncClient) -> None:
        wanted = {"query": PAGES, "variables": {"first": 100}}
        response = await http.post("/graphql", json=wanted, headers={"accept": "application/graphql-response+json"})
        assert response.status_code == 400
        assert refused(response.json()["errors"][0])["measured"] == 20_100
        wanted["variables"] = {"first": 2}
        assert "errors" not in (await http.post("/graphql", json=wanted)).json()

    async def test_by_lists_that_are_not_pages(self, http: httpx2.AsyncClient) -> None:
        (error,) = (await http.post("/graphql", json={"query": LISTS})).json()["errors"]
        assert refused(error)["measured"] == 10 + 100 + 1_000 + 5_000 + 50_000
        assert "'products.nodes.variants.listings.offers'" in error["message"]

    async def test_over_a_websocket_that_can_be_used_after_that(self, address: str) -> None:
        async with greeted(address) as wire:
            await wire.ask("1", LARGE)
            message = await wire.hear()
            assert (message["type"], message["id"]) == ("error", "1")
            refused(message["payload"][0])
            await wire.ask("1", "{ __typename }")
            assert await wire.data("1") == {"__typename": "Query"}

    async def test_over_a_stream(self, http: httpx2.AsyncClient) -> None:
        response = await http.post("/graphql", json={"query": LARGE}, headers={"accept": "text/event-stream"})
        data = [line[6:] for line in response.text.splitlines() if line.startswith("data: {")]
        refused(orjson.loads(data[0])["errors"][0])

    async def test_a_mutation_has_no_effect(self, world: Any, http: httpx2.AsyncClient) -> None:
        person = await world.person()
        fields = "customer { followers(first: 100) { nodes { followers(first: 100) { nodes { name } } } } }"
        query = f'mutation {{ updateProfile(input: {{name: "Large"}}) {{ {fields} }} }}'
        (error,) = (await person.graph.send(query)).json()["errors"]
        assert refused(error, 10_000)["measured"] == 10 + 1 + 100 + 10_000
        assert (await person.graph("{ viewer { name } }"))["viewer"]["name"] != "Large"
