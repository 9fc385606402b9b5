"""GraphQL over HTTP on real sockets: methods, media types, status codes, and what is said of errors."""

import gc
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from graphql import GraphQLError
from starlette.responses import HTMLResponse
from structlog.testing import capture_logs

from tests.transport.small_graph import GRAPHQL, LEGACY, ask, executed, only_error, opened, serving, still_serves


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(page=lambda: HTMLResponse("<p>GraphiQL")) as served:
        yield served


@pytest.fixture(scope="module")
async def production() -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(development=False) as served:
        yield served


class TestPost:
    async def test_answers(self, client: httpx2.AsyncClient) -> None:
        query = "query Q($n: String!) { hello(name: $n) }"
        response = await ask(client, query, variables={"n": "خديجة"}, operationName="Q", extensions={"a": 1})
        assert response.status_code == 200
        assert response.json() == {"data": {"hello": "خديجة"}}
        assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"

    async def test_hands_over_token_and_idempotency_key(self, client: httpx2.AsyncClient) -> None:
        headers = [("authorization", "Bearer a"), ("authorization", "Bearer b"), ("idempotency-key", "k")]
        await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
        assert opened[-1] == ([b"Bearer a", b"Bearer b"], "k")

    async def test_waits_for_resolvers(self, client: httpx2.AsyncClient) -> None:
        assert (await ask(client, "{ slow(seconds: 0.01) }")).json()["data"] == {"slow": "done"}

    async def test_a_mutation_needs_post(self, client: httpx2.AsyncClient) -> None:
        before = len(executed)
        response = await client.get("/graphql", params={"query": "mutation { add }"})
        assert (response.status_code, response.headers["allow"], len(executed)) == (
            405,
            "GET, HEAD, OPTIONS, POST",
            before,
        )
        assert (await ask(client, "mutation { add }")).json()["data"] == {"add": before + 1}

    @pytest.mark.parametrize(("headers", "status"), [(GRAPHQL, 400), (LEGACY, 200)])
    @pytest.mark.parametrize(
        "members",
        [
            {"query": "{"},
            {"query": "{ nothing }"},
            {"query": "{ number(value: 99999999999) }"},
            {"query": "query Q($v: Int!) { number(value: $v) }", "variables": {"v": 2**31}},
            {"query": "query Q($v: Int!) { number(value: $v) }", "variables": {"v": "x" * 4_000}},
            {"query": "query Q($v: Int!) { number(value: $v) }", "variables": {"v": {"a": ["y '\" " * 900]}}},
            {"query": "query Q($v: Int!) { number(value: $v) }"},
            {"query": "query A { hello } query B { hello }"},
            {"query": "query A { hello }", "operationName": "Z" * 4_000},
            {"query": "{ a: hello b: hello " + "n: hello " * 30 + "}"},
        ],
    )
    async def test_request_errors_execute_nothing(
        self, client: httpx2.AsyncClient, members: Any, headers: Any, status: int
    ) -> None:
        before = len(opened)
        response = await ask(client, headers=headers, **members)
        assert (response.status_code, len(opened)) == (status, before)
        assert response.json().keys() == {"errors"}
        for error in response.json()["errors"]:
            assert error["extensions"]["code"] in {"BAD_USER_INPUT", "TOO_COMPLEX"}
            assert error["extensions"]["retryable"] is False
            assert all(piece * 101 not in error["message"] for piece in "xyZ")
        await still_serves(client)

    async def test_a_subscription_is_refused(self, client: httpx2.AsyncClient) -> None:
        response = await ask(client, "subscription { ticks }")
        assert (response.status_code, only_error(response)["extensions"]["reason"]) == (400, "subscription")


class TestMethods:
    async def test_get_is_for_queries(self, client: httpx2.AsyncClient, production: httpx2.AsyncClient) -> None:
        query = {"query": "query Q($n: String) { hello(name: $n) }", "variables": '{"n":"you"}'}
        for http in (client, production):
            assert (await http.get("/graphql", params=query)).json() == {"data": {"hello": "you"}}

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    @pytest.mark.parametrize("mode", ["no-cors", "navigate"])
    async def test_no_other_site_can_send_a_query(self, client: httpx2.AsyncClient, site: str, mode: str) -> None:
        """By a link, an image or a form. What fetch() sends has an origin, which is checked elsewhere."""
        sent = {"sec-fetch-site": site, "sec-fetch-mode": mode}
        for name in ("query", "%71uery"):
            refused = await client.get(f"/graphql?{name}=%7Bhello%7D", headers=sent)
            assert (refused.status_code, only_error(refused)["extensions"]["reason"]) == (403, "other_site")
        for own in ("same-origin", "none"):
            allowed = await client.get("/graphql?query=%7Bhello%7D", headers=sent | {"sec-fetch-site": own})
            assert allowed.json()["data"]

    async def test_a_browser_gets_the_page(self, client: httpx2.AsyncClient, production: httpx2.AsyncClient) -> None:
        browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        assert (await client.get("/graphql", headers=browser)).text == "<p>GraphiQL"
        assert (await client.get("/graphql", params={"query": "{ hello }"}, headers=browser)).json()["data"]
        assert (await production.get("/graphql", headers=browser)).status_code == 400

    async def test_others_are_told_what_is_allowed(self, client: httpx2.AsyncClient) -> None:
        assert (await client.options("/graphql")).headers["allow"] == "GET, HEAD, OPTIONS, POST"
        assert (await client.head("/graphql", params={"query": "{ hello }"})).status_code == 200
        for method in ("PUT", "DELETE", "PATCH"):
            assert (await client.request(method, "/graphql")).status_code == 405

    async def test_an_answer_that_nobody_takes_is_406(self, client: httpx2.AsyncClient) -> None:
        response = await ask(client, "{ hello }", {"accept": "text/html"})
        assert (response.status_code, only_error(response)["extensions"]["reason"]) == (406, "accept")


class TestErrors:
    async def test_a_bad_token_is_401(self, client: httpx2.AsyncClient) -> None:
        for headers in (GRAPHQL, LEGACY):
            before = len(executed)
            response = await ask(client, "mutation { add }", {**headers, "authorization": "Bearer expired"})
            assert (response.status_code, len(executed)) == (401, before)
            assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            extensions = {"code": "UNAUTHENTICATED", "retryable": False, "reason": "EXPIRED"}
            assert only_error(response) == {"message": "The token has expired.", "extensions": extensions}

    @pytest.mark.parametrize("authorization", ["Bearer down", "Bearer fine"])
    async def test_a_lost_database_is_503(self, client: httpx2.AsyncClient, authorization: str) -> None:
        response = await ask(client, "{ gone }", {**GRAPHQL, "authorization": authorization})
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert only_error(response)["extensions"] == {"code": "UNAVAILABLE", "retryable": True}

    async def test_expected_ones_keep_their_sentence(self, client: httpx2.AsyncClient) -> None:
        response = await ask(client, '{ refused(kind: "bad") hello }')
        assert (response.status_code, response.json()["data"]) == (200, {"refused": None, "hello": "you"})
        assert only_error(response) == {
            "message": "No.", "path": ["refused"], "locations": [{"line": 1, "column": 3}],
            "extensions": {"code": "BAD_USER_INPUT", "retryable": False, "reason": "CURSOR"},
        }  # fmt: skip
        response = await ask(client, '{ refused(kind: "lost") }')
        assert only_error(response)["extensions"]["code"] == "NOT_FOUND"

    async def test_of_arguments_that_only_execution_sees_are_the_clients(self, client: httpx2.AsyncClient) -> None:
        response = await ask(client, "query Q($v: Int = 1) { number(value: $v) }", variables={"v": None})
        assert only_error(response)["extensions"]["code"] == "BAD_USER_INPUT"

    @pytest.mark.parametrize("query", ["{ items { broken } }", "{ wrong }", "{ cancelled }", "{ unspeakable }"])
    async def test_bugs_give_a_reference_and_are_logged_once(
        self, client: httpx2.AsyncClient, production: httpx2.AsyncClient, query: str
    ) -> None:
        with capture_logs() as logs:
            response = await ask(production, query)
        references = {error["extensions"]["reference"] for error in response.json()["errors"]}
        (entry,) = logs
        assert references == {entry["reference"]}
        for error in response.json()["errors"]:
            assert error["message"] == "Something broke on our side; quote the reference."
            assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("INTERNAL", True)
        assert "small_graph.py" in entry["trace"] or query != "{ items { broken } }"
        assert "canary" not in str(logs).replace("raise KeyError(SECRET)", "") + response.text
        with capture_logs() as logs:
            await ask(client, query)
        assert ("canary" in str(logs)) == (query == "{ items { broken } }")

    async def test_leave_no_work_for_the_garbage_collector(self, client: httpx2.AsyncClient) -> None:
        for _ in range(3):
            await ask(client, "{ items { broken } }")
        gc.collect()
        gc.disable()
        try:
            await ask(client, "{ items { broken } }")
            assert not [one for one in gc.get_objects() if isinstance(one, GraphQLError)]
        finally:
            gc.enable()

    async def test_a_bug_before_execution_is_ours(self, client: httpx2.AsyncClient) -> None:
        with capture_logs() as logs:
            response = await ask(client, "{ hello }", {**GRAPHQL, "authorization": "Bearer bug"})
        assert (response.status_code, only_error(response)["extensions"]["code"]) == (500, "INTERNAL")
        assert len(logs) == 1

    async def test_suggestions_are_for_development(
        self, client: httpx2.AsyncClient, production: httpx2.AsyncClient
    ) -> None:
        assert "Did you mean" in (await ask(client, "{ helo }")).text
        assert "Did you mean" not in (await ask(production, "{ helo }")).text

    async def test_an_operation_that_takes_too_long_is_stopped(self) -> None:
        async with serving(seconds=0.5) as client:
            response = await ask(client, "{ slow(seconds: 5) }")
            assert response.status_code == 504
            assert only_error(response)["extensions"] == {"code": "TIMEOUT", "retryable": True}
            await still_serves(client)
