"""Automatic persisted queries (X4): a client sends the SHA-256 of a query, and its text only where nobody knows it."""

import asyncio
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect

from tests.documents.conftest import BRANDS, GRAPHQL, JSON, Serve, Served, digest, of_requests, persisted, refusal
from tests.rows import counting
from tests.transport.wires import PROTOCOL, Wire

ADD = "mutation Add($input: CreateWishlistInput!) { createWishlist(input: $input) { userErrors { code } } }"
SIGNED_OUT = {"data": {"createWishlist": {"userErrors": [{"code": "UNAUTHENTICATED"}]}}}


def address(**members: Any) -> dict[str, str]:
    """Give parameters of an address: what is not text as JSON."""
    return {name: one if isinstance(one, str) else orjson.dumps(one).decode() for name, one in members.items()}


class TestPost:
    @pytest.mark.parametrize("headers", [GRAPHQL, JSON, {}])
    async def test_an_unknown_hash_is_negotiated(self, server: Served, headers: dict[str, str]) -> None:
        """As Apollo's clients expect it, some of which read no response but those with status 200."""
        query = f"query A{digest(str(headers))[:9]} {{ brands {{ totalCount }} }}"
        answer = await server.post(headers, extensions=persisted(query))
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == {
            "errors": [
                {
                    "message": "PersistedQueryNotFound",
                    "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND", "retryable": False},
                }
            ]
        }
        answer = await server.post(headers, query=query, extensions=persisted(query))
        assert answer.json() == {"data": {"brands": {"totalCount": 0}}}
        assert (await server.post(headers, extensions=persisted(query))).json() == answer.json()

    async def test_variables_and_name(self, server: Served) -> None:
        query = "query One { __typename } query Two($id: ID!) { node(id: $id) { id } }"
        await server.post(query=query, operationName="One", extensions=persisted(query))
        answer = await server.post(extensions=persisted(query), operationName="Two", variables={"id": "x"})
        assert answer.json() == {"data": {"node": None}}

    async def test_a_known_hash_costs_no_statement(self, server: Served, statements: list[str]) -> None:
        query = "query NoStatement { __typename }"
        await server.register(query)
        statements.clear()
        with counting([]) as written:
            assert await server.knows(query)
        assert statements == []
        assert of_requests(written) == []

    async def test_a_mutation(self, server: Served) -> None:
        assert not await server.knows(ADD)
        answer = await server.post(query=ADD, extensions=persisted(ADD), variables={"input": {"name": "x"}})
        assert answer.json() == SIGNED_OUT
        answer = await server.post(extensions=persisted(ADD), variables={"input": {"name": "x"}})
        assert answer.json() == SIGNED_OUT

    async def test_a_digest_as_id(self, server: Served) -> None:
        """GraphQL over HTTP names digests so."""
        query = "query AsId { __typename }"
        await server.register(query)
        answer = await server.post(documentId=f"sha256:{digest(query)}")
        assert answer.json() == {"data": {"__typename": "Query"}}


class TestRefusals:
    @pytest.mark.parametrize(
        ("extension", "reason"),
        [
            ({"version": 1, "sha256Hash": digest("{ a }")}, "persisted_query_hash"),
            ({"version": 1, "sha256Hash": digest(BRANDS).upper()}, "persisted_query_hash"),
            ({"version": 1, "sha256Hash": "x"}, "persisted_query_hash"),
            ({"version": 1, "sha256Hash": ""}, "persisted_query_hash"),
            ({"version": 1, "sha256Hash": "a" * 201}, "persisted_query_hash"),
            ({"version": 1, "sha256Hash": 1}, "persisted_query_hash"),
            ({"version": 1}, "persisted_query_hash"),
            ({"version": 2, "sha256Hash": digest(BRANDS)}, "persisted_query_version"),
            ({"sha256Hash": digest(BRANDS)}, "persisted_query_version"),
            ({}, "persisted_query_version"),
            ([], "persisted_query_version"),
            ("x", "persisted_query_version"),
        ],
    )
    async def test_of_a_hash_that_does_not_fit(self, server: Served, extension: Any, reason: str) -> None:
        extensions = {"persistedQuery": extension}
        answer = await server.post(query=BRANDS, extensions=extensions)
        assert refusal(answer) == (400, "BAD_USER_INPUT", reason)
        answer = await server.post(JSON, query=BRANDS, extensions=extensions)
        assert refusal(answer) == (200, "BAD_USER_INPUT", reason)

    @pytest.mark.parametrize("hash", ["x", "a" * 63, "a" * 65, digest(BRANDS).upper(), "ä" * 64, "\u0000", "0" * 64])
    async def test_of_what_is_no_hash(self, server: Served, hash: str) -> None:
        answer = await server.post(extensions={"persistedQuery": {"version": 1, "sha256Hash": hash}})
        assert refusal(answer) == (200, "PERSISTED_QUERY_NOT_FOUND", None)

    async def test_of_nothing_at_all(self, server: Served) -> None:
        for members in ({}, {"extensions": {}}, {"extensions": {"persistedQuery": None}}, {"documentId": None}):
            answer = await server.post(**members)
            assert refusal(answer)[:2] == (400, "BAD_USER_INPUT"), members

    @pytest.mark.parametrize("query", ["{", "{ nothing }", "query A($a: Int) { __typename }"])
    async def test_of_an_invalid_query_registers_nothing(self, server: Served, query: str) -> None:
        answer = await server.post(query=query, extensions=persisted(query))
        assert refusal(answer)[:2] == (400, "BAD_USER_INPUT")
        assert not await server.knows(query)

    async def test_of_a_token_registers_nothing(self, server: Served) -> None:
        query = "query BadToken { __typename }"
        headers = {"authorization": "Bearer x"}
        answer = await server.http.post(
            "/graphql", json={"query": query, "extensions": persisted(query)}, headers=headers
        )
        assert answer.status_code == 401
        assert not await server.knows(query)

    async def test_of_a_trial_registers_nothing(self, server: Served) -> None:
        query = "query Trial { __typename }"
        await server.post({"graphql-cost": "dry-run"}, query=query, extensions=persisted(query))
        assert not await server.knows(query)

    async def test_costs_little(self, serve: Serve) -> None:
        """A page of a new release may ask for some dozens of unknown hashes."""
        async with serve(cost_points_anonymous=1_000, cost_points_per_second_anonymous=1) as server:
            answers = [await server.post(extensions=persisted("{ unknown }")) for _ in range(130)]
            assert {answer.status_code for answer in answers[:95]} == {200}
            assert refusal(answers[-1])[:2] == (429, "RATE_LIMITED")

    async def test_costs_as_little_over_a_websocket(self, serve: Serve) -> None:
        async with serve(cost_points_anonymous=1_000, cost_points_per_second_anonymous=1) as server:
            url = f"ws://127.0.0.1:{server.http.base_url.port}/graphql"
            async with connect(url, subprotocols=[PROTOCOL]) as connection:  # type: ignore[list-item]
                wire = Wire(connection)
                await wire.greet()
                codes = []
                for number in range(130):
                    payload = {"extensions": persisted("{ unknown }")}
                    await wire.say(type="subscribe", id=str(number), payload=payload)
                    codes.append((await wire.hear())["payload"][0]["extensions"]["code"])
            assert set(codes[:95]) == {"PERSISTED_QUERY_NOT_FOUND"}
            assert codes[-1] == "RATE_LIMITED"


class TestGet:
    async def test_an_answer_that_caches_keep(self, serve: Serve) -> None:
        async with serve(public_url="https://shop.example") as server:
            parameters = address(extensions=persisted(BRANDS))
            answer = await server.http.get("/graphql", params=parameters)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
            assert answer.json()["errors"][0]["message"] == "PersistedQueryNotFound"
            await server.register(BRANDS)
            answer = await server.http.get("/graphql", params=parameters)
            assert answer.json() == {"data": {"brands": {"totalCount": 0}}}
            assert "max-age=" in answer.headers["cache-control"]
            again = await server.http.get(
                "/graphql", params=parameters, headers={"if-none-match": answer.headers["etag"]}
            )
            assert again.status_code == 304

    async def test_registers(self, server: Served) -> None:
        query = "query ByGet { __typename }"
        answer = await server.http.get("/graphql", params=address(query=query, extensions=persisted(query)))
        assert answer.json() == {"data": {"__typename": "Query"}}
        assert await server.knows(query)

    async def test_a_mutation_is_refused(self, server: Served) -> None:
        await server.post(query=ADD, extensions=persisted(ADD), variables={"input": {"name": "x"}})
        variables = {"input": {"name": "x"}}
        answer = await server.http.get("/graphql", params=address(extensions=persisted(ADD), variables=variables))
        assert refusal(answer) == (405, "BAD_USER_INPUT", "method")

    async def test_from_another_site_is_refused(self, server: Served) -> None:
        headers = {"sec-fetch-site": "cross-site"}
        answer = await server.http.get("/graphql", params=address(extensions=persisted(BRANDS)), headers=headers)
        assert refusal(answer) == (403, "FORBIDDEN", "other_site")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("token", "canary"), ("access_token", "canary"), ("Authorization", "canary"), ("authToken", "canary"),
            ("jwt", "eyJhbGciOiJSUzI1NiJ9.canary.x_-"), ("session", "Bearer eyJhbGciOiJSUzI1NiJ9.canary.x_-"),
        ],
    )  # fmt: skip
    async def test_with_a_token_in_the_address_is_refused(self, server: Served, name: str, value: str) -> None:
        parameters = address(extensions=persisted(BRANDS), **{name: value})
        answer = await server.http.get("/graphql", params=parameters, headers=GRAPHQL)
        assert refusal(answer) == (400, "BAD_USER_INPUT", "token_in_url")
        assert "canary" not in answer.text

    async def test_with_another_parameter_is_answered(self, server: Served) -> None:
        await server.register(BRANDS)
        parameters = address(extensions=persisted(BRANDS), author="eyJ", utm_source="a.b.c")
        answer = await server.http.get("/graphql", params=parameters, headers=GRAPHQL)
        assert answer.status_code == 200

    @pytest.mark.parametrize("name", ["extensions", "documentId", "doc_id", "id"])
    async def test_of_a_browser_is_no_visit(self, server: Served, name: str) -> None:
        """A page that asks for HTML as well means the operation that it names."""
        value: Any = persisted(BRANDS) if name == "extensions" else "x"
        headers = {"accept": "text/html, application/json"}
        answer = await server.http.get("/graphql", params=address(**{name: value}), headers=headers)
        assert answer.headers["content-type"].startswith("application/json")
        assert (await server.http.get("/graphql", headers=headers)).headers["content-type"].startswith("text/html")


class TestOtherTransports:
    async def test_a_websocket(self, server: Served) -> None:
        query = "query OverSocket { __typename }"
        url = f"ws://127.0.0.1:{server.http.base_url.port}/graphql"
        async with connect(url, subprotocols=[PROTOCOL]) as connection:  # type: ignore[list-item]
            wire = Wire(connection)
            await wire.greet()
            await wire.say(type="subscribe", id="1", payload={"extensions": persisted(query)})
            message = await wire.hear()
            assert (message["type"], message["payload"][0]["message"]) == ("error", "PersistedQueryNotFound")
            for number, members in enumerate([{"query": query}, {}, {}]):
                payload = members | {"extensions": persisted(query)}
                await wire.say(type="subscribe", id=f"a{number}", payload=payload)
                assert (await wire.hear())["payload"] == {"data": {"__typename": "Query"}}
                assert (await wire.hear())["type"] == "complete"
            wrong = {"query": BRANDS, "extensions": persisted(query)}
            await wire.say(type="subscribe", id="b", payload=wrong)
            message = await wire.hear()
            assert message["payload"][0]["extensions"]["reason"] == "persisted_query_hash"
        assert await server.knows(query)

    async def test_a_stream(self, server: Served) -> None:
        query = "query AsStream { __typename }"
        events = {"accept": "text/event-stream"}
        answer = await server.post(events, extensions=persisted(query))
        assert '"PersistedQueryNotFound"' in answer.text
        await server.register(query)
        answer = await server.post(events, extensions=persisted(query))
        assert '{"data":{"__typename":"Query"}}' in answer.text

    async def test_a_subscription_registers(self, server: Served) -> None:
        query = """subscription Guest($reference: String!, $phone: PhoneNumber!) {
            guestTicketUpdated(reference: $reference, phoneNumber: $phone) { status } }"""
        events = {"accept": "text/event-stream"}
        variables = {"reference": "HELP-XXXX-XXXX", "phone": "+971501234567"}
        answer = await server.post(events, query=query, extensions=persisted(query), variables=variables)
        known = await server.post(events, extensions=persisted(query), variables=variables)
        assert answer.text == known.text
        assert "PersistedQuery" not in answer.text


class TestTurnedOff:
    async def test_clients_fall_back(self, serve: Serve) -> None:
        async with serve(persisted_queries=False) as server:
            for members in ({"extensions": persisted(BRANDS)}, {"documentId": "x"}):
                answer = await server.post(**members)
                assert refusal(answer) == (200, "PERSISTED_QUERY_NOT_SUPPORTED", None)
                assert answer.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
            answer = await server.post(query=BRANDS, extensions=persisted(BRANDS))
            assert answer.json() == {"data": {"brands": {"totalCount": 0}}}
            assert refusal(await server.post(extensions=persisted(BRANDS)))[1] == "PERSISTED_QUERY_NOT_SUPPORTED"


class TestTwoProcesses:
    async def test_share_what_is_registered(self, serve: Serve) -> None:
        async with serve() as one, serve() as other:
            await one.register(BRANDS)
            assert await other.knows(BRANDS)

    async def test_register_the_same_at_once(self, serve: Serve) -> None:
        queries = [f"query Same{number} {{ __typename }}" for number in range(5)]
        async with serve() as one, serve() as other:
            await asyncio.gather(*(server.register(query) for query in queries for server in (one, other) * 4))
            async with serve() as third:
                assert [await third.knows(query) for query in queries] == [True] * 5
            async with one.app.state.resources.database.connections.connection() as connection:
                assert await connection.fetchval("SELECT count(*) FROM persisted_query") == 5
