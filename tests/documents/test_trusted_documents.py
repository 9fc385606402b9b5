"""Trusted documents (X4): operations that the shop has registered are named by their ids, and may be all that is executed."""

import asyncio
from dataclasses import replace
from itertools import pairwise
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from tests.documents.conftest import (
    BRANDS,
    DATA,
    GRAPHQL,
    ID,
    REFUSED,
    UNKNOWN,
    Serve,
    Served,
    digest,
    of_requests,
    persisted,
    refusal,
    register,
)
from tests.rows import counting
from tests.transport.wires import PROTOCOL, Wire

EVENTS = {"accept": "text/event-stream"}


class TestById:
    @pytest.mark.parametrize("name", ["documentId", "doc_id", "id"])
    @pytest.mark.parametrize("mode", ["log", "required"])
    async def test_by_what_clients_call_it(self, serve: Serve, fresh_url: str, name: str, mode: str) -> None:
        await register(fresh_url, BRANDS)
        async with serve(trusted_documents=mode) as server:
            assert (await server.post(**{name: ID})).json() == DATA
            assert (await server.post(**{name: ID, "query": None})).json() == DATA
            assert (await server.http.get("/graphql", params={name: ID}, headers=GRAPHQL)).json() == DATA

    @pytest.mark.parametrize("mode", ["log", "required"])
    async def test_by_its_digest_or_its_text(self, serve: Serve, fresh_url: str, mode: str) -> None:
        await register(fresh_url, BRANDS)
        async with serve(trusted_documents=mode, persisted_queries=False) as server:
            for members in (
                {"documentId": f"sha256:{digest(BRANDS)}"},
                {"documentId": digest(BRANDS)},
                {"extensions": persisted(BRANDS)},
                {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ID}}},
                {"query": BRANDS, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": ID}}},
                {"query": BRANDS, "extensions": persisted(BRANDS)},
                {"query": BRANDS},
                {"query": BRANDS, "documentId": "ignored"},
            ):
                assert (await server.post(**members)).json() == DATA, members

    @pytest.mark.parametrize("mode", ["log", "required"])
    async def test_a_hash_that_does_not_fit(self, serve: Serve, fresh_url: str, mode: str) -> None:
        await register(fresh_url, BRANDS)
        async with serve(trusted_documents=mode) as server:
            answer = await server.post(query=BRANDS, extensions=persisted(UNKNOWN))
            assert refusal(answer) == (400, "BAD_USER_INPUT", "persisted_query_hash")

    @pytest.mark.parametrize("id", [1, "", [], {}])
    async def test_an_id_of_another_kind(self, server: Served, id: Any) -> None:
        assert refusal(await server.post(documentId=id)) == (400, "BAD_USER_INPUT", "document_id")

    async def test_where_they_are_off(self, serve: Serve, fresh_url: str) -> None:
        """An id says nothing, so the client is told to send the text."""
        await register(fresh_url, BRANDS)
        async with serve() as server:
            assert refusal(await server.post(documentId=ID)) == (
                400, "PERSISTED_QUERY_NOT_FOUND", "document_not_registered",
            )  # fmt: skip
            assert (await server.post(query=BRANDS, id="x")).json() == DATA

    async def test_a_mutation_by_get(self, serve: Serve, fresh_url: str) -> None:
        await register(fresh_url, add='mutation { createWishlist(input: {name: "x"}) { userErrors { code } } }')
        async with serve(trusted_documents="required") as server:
            answer = await server.http.get("/graphql", params={"documentId": "add"}, headers=GRAPHQL)
            assert refusal(answer) == (405, "BAD_USER_INPUT", "method")

    async def test_over_other_transports(self, serve: Serve, fresh_url: str) -> None:
        guest = """subscription ($r: String!, $p: PhoneNumber!) {
            guestTicketUpdated(reference: $r, phoneNumber: $p) { status } }"""
        await register(fresh_url, BRANDS, guest=guest)
        async with serve(trusted_documents="required") as server:
            answer = await server.post(EVENTS, documentId=ID)
            assert '{"data":{"brands":{"totalCount":0}}}' in answer.text
            assert REFUSED[2] in (await server.post(EVENTS, query=UNKNOWN)).text
            variables = {"r": "TK-4HW-PQ7-XKC", "p": "+971501234567"}
            answer = await server.post(EVENTS, documentId="guest", variables=variables)
            assert "document_not_registered" not in answer.text
            async with connect(
                f"ws://127.0.0.1:{server.http.base_url.port}/graphql",
                subprotocols=[PROTOCOL],  # type: ignore[list-item]
            ) as connection:
                wire = Wire(connection)
                await wire.greet()
                await wire.say(type="subscribe", id="1", payload={"documentId": ID})
                assert (await wire.hear())["payload"] == DATA
                assert (await wire.hear())["type"] == "complete"
                await wire.ask("2", UNKNOWN)
                message = await wire.hear()
                assert message["payload"][0]["extensions"]["reason"] == REFUSED[2]


class TestRequired:
    @pytest.mark.parametrize(
        "members",
        [
            {"query": UNKNOWN},
            {"query": "{ this is no GraphQL"},
            {"query": BRANDS + " "},
            {"query": "{ __schema { queryType { name } } }"},
            {"query": UNKNOWN, "extensions": persisted(UNKNOWN)},
            {"extensions": persisted(UNKNOWN)},
            {"documentId": "unknown"},
            {"documentId": "\x00"},
        ],
    )
    async def test_others_are_refused(self, serve: Serve, fresh_url: str, members: dict[str, Any]) -> None:
        await register(fresh_url, BRANDS)
        async with serve(trusted_documents="required") as server:
            with capture_logs() as logs:
                assert refusal(await server.post(**members)) == REFUSED
            assert server.documents.documents.misses == 0, "it was read"
            refused = [line for line in logs if line["event"] == "operation_refused"]
            assert [(line["outcome"], line["reason"]) for line in refused] == [REFUSED[1:]]

    async def test_nothing_is_registered(self, serve: Serve, fresh_url: str) -> None:
        async with serve() as open_to_all:
            await open_to_all.register(UNKNOWN)
        async with serve(trusted_documents="required") as server:
            assert refusal(await server.post(extensions=persisted(UNKNOWN))) == REFUSED

    async def test_graphiql_goes_on_in_development(self, serve: Serve, fresh_url: str) -> None:
        introspection = "{ __schema { queryType { name } } }"
        async with serve(trusted_documents="required") as server:
            answer = await server.post({"x-graphiql": "true"}, query=introspection)
            assert answer.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
        async with serve(trusted_documents="required", environment="production") as server:
            assert refusal(await server.post(GRAPHQL | {"x-graphiql": "true"}, query=UNKNOWN)) == REFUSED

    async def test_without_any_there_is_a_line(self, serve: Serve, fresh_url: str) -> None:
        with capture_logs() as logs:
            async with serve(trusted_documents="required") as server:
                assert refusal(await server.post(query=BRANDS)) == REFUSED
        assert "no_documents_registered" in [line["event"] for line in logs]


class TestLog:
    async def test_others_run_and_are_logged(self, serve: Serve, fresh_url: str) -> None:
        await register(fresh_url, BRANDS)
        async with serve(trusted_documents="log") as server:
            with capture_logs() as logs:
                await server.post(query=BRANDS)
                await server.post({"x-graphiql": "true"}, query=UNKNOWN)
                query = 'query Other { node(id: "canary") { id } a: supportedLanguages ... on Query { __typename } }'
                assert (await server.post(query=query)).json()["data"]["node"] is None
                await server.register(UNKNOWN)
                assert await server.knows(UNKNOWN)
            lines = [line for line in logs if line["event"] == "document_not_registered"]
            assert lines[0] == {
                "event": "document_not_registered", "log_level": "warning", "operation": "Other", "kind": "query",
                "fields": ["node", "supportedLanguages"], "transport": "http",
            }  # fmt: skip
            assert [line["operation"] for line in lines] == ["Other", "Unknown", "Unknown"]
            assert "canary" not in str(logs)
            assert server.documents.outcomes == {"trusted": 1, "unknown": 4}


class TestLimits:
    DEEP = f"query Deep {{ {' '.join(f'a{number}: brands(first: 1) {{ nodes {{ name }} }}' for number in range(40))} }}"

    async def test_those_of_shape_are_wider(self, serve: Serve, fresh_url: str) -> None:
        await register(fresh_url, self.DEEP)
        async with serve() as server:
            found = (await server.post(query=self.DEEP)).json()["errors"]
            assert {error["extensions"]["code"] for error in found} == {"TOO_COMPLEX"}
        async with serve(trusted_documents="log") as server:
            assert len((await server.post(query=self.DEEP)).json()["data"]) == 40

    async def test_that_of_cost_is_the_same(self, serve: Serve, fresh_url: str) -> None:
        expensive = "query E($n: Int) { brands(first: $n) { nodes { products(first: 100) { nodes { id } } } } }"
        await register(fresh_url, dear=expensive)
        async with serve(trusted_documents="required") as server:
            assert "data" in (await server.post(documentId="dear", variables={"n": 10})).json()
            answer = await server.post(documentId="dear", variables={"n": 100})
            assert refusal(answer)[:2] == (400, "TOO_COMPLEX")

    async def test_it_is_read_once_whatever_else_is_wrong(self, serve: Serve, fresh_url: str) -> None:
        """A large one takes long to read, and strangers know its id."""
        expensive = "query E($n: Int) { brands(first: $n) { nodes { products(first: 100) { nodes { id } } } } }"
        await register(fresh_url, dear=expensive)
        async with serve(trusted_documents="required") as server:
            assert server.documents.trusted
            for wrong in ({"variables": {"n": 100}}, {"variables": {"n": "x"}}, {"operationName": "Other"}):
                for _ in range(2):
                    assert "errors" in (await server.post(documentId="dear", **wrong)).json()
            assert server.documents.trusted.documents.misses == 1

    async def test_reading_is_charged(self, serve: Serve, fresh_url: str) -> None:
        """Where there is no room for all of them, strangers could else let them be read again and again."""
        fields = " ".join(f"a{number}: totalCount" for number in range(300))
        long = [f"query Long{number} {{ brands {{ {fields} }} }}" for number in range(2)]
        await register(fresh_url, one=long[0], other=long[1])
        async with serve(trusted_documents="required", cost_points_per_second_anonymous=1) as server:
            assert server.documents.trusted
            trusted = server.documents.trusted.documents
            trusted._limits = replace(trusted._limits, cached_bytes=100_000)
            left = [
                int((await server.post(documentId=id)).headers["ratelimit-remaining"])
                for id in ("one", "one", "other", "one")
            ]
            spent = [before - after for before, after in pairwise(left)]
            assert trusted.misses == 3
            assert spent[0] < 30
            assert min(spent[1:]) > 40

    async def test_a_stranger_evicts_none(self, serve: Serve, fresh_url: str) -> None:
        await register(fresh_url, BRANDS)
        async with serve(trusted_documents="log") as server:
            assert (await server.post(documentId=ID)).json() == DATA
            server.documents.documents._limits = server.documents.documents._limits.__class__(cached_bytes=50_000)
            for number in range(40):
                for _ in range(2):
                    await server.post(query=f"query Q{number} {{ __typename }}")
            assert len(server.documents.documents) < 30
            assert server.documents.trusted
            misses = server.documents.trusted.documents.misses
            assert (await server.post(documentId=ID)).json() == DATA
            assert server.documents.trusted.documents.misses == misses

    async def test_a_document_that_the_schema_no_longer_allows(self, serve: Serve, fresh_url: str) -> None:
        await register(fresh_url, old="{ fieldOfAnotherRelease }")
        async with serve(trusted_documents="required") as server:
            answer = await server.post(documentId="old")
            assert refusal(answer) == (400, "BAD_USER_INPUT", "validation_failed")


class TestWhatItCosts:
    async def test_no_statement_more(
        self, serve: Serve, fresh_url: str, statements: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nor does a request for a known one read what may have changed: the process does so beside its requests."""
        monkeypatch.setattr("transport.trusted_documents.TrustedDocuments.run", lambda _: asyncio.sleep(60))
        await register(fresh_url, BRANDS)
        counted: dict[str, list[str]] = {}
        for mode, members in (("off", {"query": BRANDS}), ("required", {"documentId": ID}), ("log", {"query": BRANDS})):
            async with serve(trusted_documents=mode) as server:
                await server.post(**members)
                if server.documents.trusted:
                    server.documents.trusted.changed()
                statements.clear()
                with counting([]) as written:
                    assert (await server.post(**members)).json() == DATA
                counted[mode] = [*statements, *of_requests(written)]
        assert counted["off"] == counted["required"] == counted["log"]
        assert len(counted["off"]) == 2, "a page, and a count"

    async def test_it_is_read_once_and_planned_at_once(self, serve: Serve, fresh_url: str) -> None:
        await register(fresh_url, BRANDS)
        async with serve(trusted_documents="required") as server:
            assert server.documents.trusted
            for members in ({"documentId": ID}, {"query": BRANDS}, {"extensions": persisted(BRANDS)}):
                await server.post(**members)
            assert server.documents.trusted.documents.misses == 1
            operations: Any = server.app.sockets._graph.operations
            assert operations._executor.plans.outcomes["first execution"] == 0


async def test_answers_that_caches_keep(serve: Serve, fresh_url: str) -> None:
    await register(fresh_url, BRANDS)
    async with serve(trusted_documents="required", public_url="https://shop.example") as server:
        variables = orjson.dumps({}).decode()
        answer = await server.http.get("/graphql", params={"documentId": ID, "variables": variables})
        assert "max-age=" in answer.headers["cache-control"]
