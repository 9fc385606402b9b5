"""What clients can spend on operations, over HTTP and WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

import application
from auth.secrets import Secrets
from settings import Settings
from tests.conftest import serving
from tests.people import World
from tests.transport.wires import greeted
from tests.variables import changed

POOR = {
    "cost_points": 100, "cost_points_per_second": 1, "cost_points_anonymous": 250, "cost_points_per_second_anonymous": 1,
    "forwarded_allow_ips": "*",
}  # fmt: skip
EIGHTY = '{ searchCustomers(term: "nobody at all", first: 70) { nodes { id } } }'


@pytest.fixture
async def poor(settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[str]:
    """A server where clients can spend little."""
    async with serving(application.create(changed(settings, **POOR), credentials, database_url)) as url:
        yield url


@pytest.fixture
async def shop(poor: str, world: World) -> AsyncIterator[World]:
    async with httpx2.AsyncClient(base_url=poor, timeout=60) as http:
        yield replace(world, http=http)


def exceeded(response: httpx2.Response) -> dict[str, Any]:
    assert response.status_code == 429
    (error,) = response.json()["errors"]
    extensions: dict[str, Any] = error["extensions"]
    assert (extensions["code"], extensions["retryable"]) == ("RATE_LIMITED", True)
    assert response.headers["retry-after"] == str(extensions["retryAfter"])
    assert "Try again in" in error["message"]
    return extensions


class TestCharges:
    """What an operation takes out of the bucket."""

    async def test_anonymous(self, shop: World) -> None:
        """Charged as requested, and what was not used is given back."""
        response = await shop.nobody.send(EIGHTY)
        assert (response.status_code, response.headers["ratelimit-limit"]) == (200, "250")
        left = int(response.headers["ratelimit-remaining"])
        assert 170 < left < 245
        assert int(response.headers["ratelimit-reset"]) == 250 - left

    async def test_customer(self, shop: World) -> None:
        me, other = await shop.person(), await shop.person()
        for _ in range(3):
            assert (await me.graph.send("{ viewer { id } }")).headers["ratelimit-limit"] == "100"
        create = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id } } }'
        answers = [await me.graph.send(create) for _ in range(10)]
        assert [answer.status_code for answer in answers][:8] == [200] * 8
        assert exceeded(answers[-1])["retryAfter"] <= 11
        assert await shop.value("SELECT count(*) FROM wishlist WHERE owner_id = $1", me.key) <= 1 + 9
        assert (await other.graph.send("{ viewer { id } }")).status_code == 200
        assert (await shop.nobody.send("{ viewer { id } }")).status_code == 200

    async def test_twenty_at_once_get_no_more_than_there_is(self, shop: World) -> None:
        me = await shop.person()
        await me.graph("{ viewer { id } }")
        create = 'mutation { updateProfile(input: {location: "Here"}) { customer { id } } }'
        answers = await asyncio.gather(*(me.graph.send(create) for _ in range(20)))
        done = [answer for answer in answers if answer.status_code == 200]
        assert 8 <= len(done) <= 10
        assert all(exceeded(answer) for answer in answers if answer not in done)


class TestRefused:
    """Refused requests are charged to the address, and a client without points is refused before it is read."""

    async def test_anonymous(self, shop: World, statements: list[str]) -> None:
        with capture_logs() as logs:
            answers = [await shop.nobody.send("{ nothing }") for _ in range(6)]
        assert [answer.status_code for answer in answers][:2] == [200, 200]
        assert [answer.status_code for answer in answers][3:] == [429] * 3
        exceeded(answers[-1])
        assert (await shop.http.post("/graphql", content=b"x" * 200_000)).status_code == 429
        assert statements == []
        assert [line["event"] for line in logs] == ["rate_exceeded"]

    async def test_customer_at_the_same_address(self, shop: World) -> None:
        me = await shop.person()
        for _ in range(5):
            await shop.nobody.send("{ nothing }")
        assert exceeded(await shop.nobody.send("{ viewer { id } }"))
        assert (await me.graph.send("{ viewer { id } }")).status_code == 200
        forged = replace(shop.nobody, token="nonsense")
        assert (await forged.send("{ nothing }")).status_code == 401

    async def test_another_address(self, shop: World) -> None:
        for _ in range(5):
            await shop.nobody.send("{ nothing }", {"x-forwarded-for": "2001:db8:1:2:3::1"})
        ask = lambda address: shop.nobody.send("{ viewer { id } }", {"x-forwarded-for": address})
        assert exceeded(await ask("2001:db8:1:2:ffff::9"))
        assert (await ask("2001:db8:1:3::1")).status_code == 200

    async def test_one_log_line_for_one_client(self, shop: World) -> None:
        me = await shop.person()
        create = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id } } }'
        with capture_logs() as logs:
            answers = [await me.graph.send(create) for _ in range(15)]
        assert exceeded(answers[-1])
        assert [line["event"] for line in logs] == ["rate_exceeded"]
        assert logs[0]["signed_in"] is True

    async def test_over_a_websocket(self, shop: World, poor: str) -> None:
        async with greeted(poor) as wire:
            for number in range(4):
                await wire.ask(str(number), "{ nothing }")
                assert (await wire.hear())["type"] == "error"
            await shop.nobody.send("{ nothing }")
            await wire.ask("9", EIGHTY)
            message = await wire.hear()
            assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


class TestWork:
    """What costs the server something costs the client something."""

    async def test_anonymous_with_documents_that_are_never_the_same(self, shop: World) -> None:
        """Reading one is charged, and not given back."""
        fragments = " ".join(
            f"fragment F{n} on Customer {{ wishlists(first: 1) {{ nodes {{ id }} }} id }}" for n in range(40)
        )
        spreads = " ".join(f"...F{n}" for n in range(40))
        answers = [await shop.nobody.send(f"{{ viewer {{ {spreads} x{at}: id }} }} {fragments}") for at in range(10)]
        assert [answer.status_code for answer in answers][:3] == [200] * 3
        assert exceeded(answers[-1])

    async def test_anonymous_with_the_same_document(self, shop: World) -> None:
        for _ in range(30):
            assert (await shop.nobody.send("{ viewer { id name username } }")).status_code == 200

    async def test_refused_documents_of_a_customer(self, shop: World) -> None:
        me, other = await shop.person(), await shop.person()
        answers = [await me.graph.send("{ nothing }") for _ in range(4)]
        assert answers[0].status_code == 200
        assert exceeded(answers[-1])
        assert exceeded(await me.graph.send("{ viewer { id } }"))
        spaced = await shop.http.post(
            "/graphql", json={"query": "{ viewer { id } }"}, headers={"authorization": f"Bearer    {me.graph.token}"}
        )
        assert exceeded(spaced)
        assert (await other.graph.send("{ viewer { id } }")).status_code == 200
        assert (await shop.nobody.send("{ viewer { id } }")).status_code == 200

    async def test_forged_tokens_for_a_stream(self, shop: World) -> None:
        headers = {"accept": "text/event-stream", "authorization": "Bearer nonsense"}
        for _ in range(4):
            await shop.http.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
        assert exceeded(await shop.nobody.send("{ viewer { id } }"))


class TestReport:
    """`GraphQL-Cost` asks for the numbers."""

    async def test_anonymous(self, shop: World) -> None:
        answer = (await shop.nobody.send(EIGHTY, {"graphql-cost": "report"})).json()
        assert answer["data"]["searchCustomers"] == {"nodes": []}
        reported = answer["extensions"]["cost"]
        assert (reported["requested"], reported["allowed"], reported["rows"]) == (80, 5_000, 0)
        assert reported["actual"] == 10 * reported["statements"] <= 30

    async def test_customer(self, shop: World) -> None:
        me = await shop.person()
        query = "{ viewer { id wishlists(first: 20) { nodes { id } } } }"
        answer = (await me.graph.send(query, {"graphql-cost": "Report"})).json()
        assert answer["extensions"]["cost"] == {
            "requested": 21, "allowed": 10_000, "actual": 21, "rows": 3, "statements": 3,
        }  # fmt: skip

    async def test_dry_run(self, shop: World) -> None:
        me = await shop.person()
        query = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id } } }'
        answer = (await me.graph.send(query, {"graphql-cost": "dry-run"})).json()
        assert answer == {"data": None, "extensions": {"cost": {"requested": 11, "allowed": 10_000}}}
        assert await shop.value("SELECT count(*) FROM wishlist WHERE owner_id = $1", me.key) == 1

    async def test_dry_run_of_a_stream(self, shop: World) -> None:
        me = await shop.person()
        query = 'mutation { createWishlist(input: {name: "Desk"}) { wishlist { id } } }'
        headers = {"accept": "text/event-stream", "graphql-cost": "dry-run"}
        assert '"requested":11' in (await me.graph.send(query, headers)).text
        assert await shop.value("SELECT count(*) FROM wishlist WHERE owner_id = $1", me.key) == 1

    async def test_not_asked_for(self, shop: World) -> None:
        assert "extensions" not in (await shop.nobody.send(EIGHTY)).json()

    async def test_something_else(self, shop: World) -> None:
        (error,) = (await shop.nobody.send(EIGHTY, {"graphql-cost": "all"})).json()["errors"]
        assert error["extensions"]["reason"] == "cost_report"
