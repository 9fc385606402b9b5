"""How often: tickets sent from one address and phone number (T1, and `limits.md`, "rate")."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest

from actions.rate_limits import network
from auth.secrets import Secrets
from settings import Settings
from tests.crowd import patiently
from tests.graph import Graph, only
from tests.jobs.queues import run_timer
from tests.people import World, number, word
from tests.tickets.submissions import coming_from, find, limited, submit

FIFTY = 50
octets = count(1)


@pytest.fixture(scope="module")
async def shop(world: World, settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[World]:
    """A server with the limits that a shop has unless it sets others."""
    async with limited(world, credentials, database_url, data_folder=settings.data_folder) as served:
        yield served


@pytest.fixture
def here() -> dict[str, str]:
    """An address that no other test comes from."""
    at = next(octets)
    return coming_from(f"203.0.{at >> 8}.{at & 255}")


async def outcome(graph: Graph, headers: dict[str, str], **values: Any) -> str:
    """Say what became of a ticket: "" where it was taken."""
    payload = await patiently(lambda: submit(graph, headers, **values))
    return only(payload) if payload["userErrors"] else ""


class TestSubmitting:
    """5 in an hour from an address, 3 with a phone number."""

    async def test_anonymous(self, shop: World, here: dict[str, str]) -> None:
        assert [await outcome(shop.nobody, here) for _ in range(6)] == [""] * 5 + ["RateLimitedError"]

    async def test_stranger_at_another_address(self, shop: World, here: dict[str, str]) -> None:
        phone = number()
        assert [await outcome(shop.nobody, here, phoneNumber=phone) for _ in range(3)] == [""] * 3
        elsewhere, signed_in = coming_from(f"2001:db8:{next(octets):x}::1"), (await shop.person()).graph
        for graph in (shop.nobody, signed_in):
            assert await outcome(graph, elsewhere, phoneNumber=phone) == "RateLimitedError"
            assert await outcome(graph, elsewhere, phoneNumber=f"00{phone[1:]}") == "RateLimitedError"
            assert await outcome(graph, elsewhere) == ""

    async def test_the_error_teaches(self, shop: World, here: dict[str, str]) -> None:
        phone = number()
        for _ in range(3):
            await submit(shop.nobody, here, phoneNumber=phone)
        payload = await submit(shop.nobody, here, phoneNumber=phone)
        (error,) = payload["userErrors"]
        assert (payload["ticket"], error["code"]) == (None, "RATE_LIMITED")
        assert 3_500 < error["retryAfter"] <= 3_600
        assert "Try again in" in error["message"]
        assert phone not in str(error)

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8:a:{}:1::1", "2001:db8:a:{}:ffff:ffff:ffff:ffff", True),
            ("2001:db8:b:{}::1", "2001:db8:b:{}1::1", False),
            ("198.51.100.{}", "::ffff:198.51.100.{}", True),
            ("192.0.2.{}", "192.0.3.{}", False),
        ],
    )
    async def test_networks(self, shop: World, one: str, other: str, same: bool) -> None:
        at = next(octets)
        for _ in range(5):
            assert await outcome(shop.nobody, coming_from(one.format(at))) == ""
        assert await outcome(shop.nobody, coming_from(other.format(at))) == ("RateLimitedError" if same else "")

    def test_whom_an_address_stands_for(self) -> None:
        assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::%eth0") == "20010db800010002::/64".lstrip("0")
        assert (network("198.51.100.7"), network("unix:"), network(None)) == ("198.51.100.7", "unix:", "unknown")

    async def test_what_is_refused_does_not_count(self, shop: World, here: dict[str, str]) -> None:
        """Neither a wrong value nor a refusal uses anything up."""
        phone = number()
        for wrong in ({"description": " "}, {"phoneNumber": "1"}, {"name": None}, {"email": "x"}) * 2:
            assert await outcome(shop.nobody, here, **({"phoneNumber": phone} | wrong)) == "InvalidInputError"
        taken = [await outcome(shop.nobody, here, phoneNumber=phone) for _ in range(5)]
        assert taken == ["", "", "", "RateLimitedError", "RateLimitedError"]
        assert [await outcome(shop.nobody, here) for _ in range(3)] == ["", "", "RateLimitedError"]

    async def test_sent_again_with_its_key(self, shop: World, here: dict[str, str]) -> None:
        """Who lost the answer to their last ticket gets it, also where there is room for no more."""
        given = [{"phoneNumber": number(), "description": "No sound", "idempotencyKey": word()} for _ in range(5)]
        first = [await submit(shop.nobody, here, **one) for one in given]
        assert await outcome(shop.nobody, here) == "RateLimitedError"
        assert [await submit(shop.nobody, here, **one) for one in given] == first

    async def test_fields_of_one_request(self, shop: World, here: dict[str, str]) -> None:
        """Aliases do not help."""
        fields = " ".join(f"t{at}: submitTicket(input: $input) {{ userErrors {{ __typename }} }}" for at in range(5))
        given = {"name": "Layla", "phoneNumber": number(), "description": "Black screen"}
        found = await shop.nobody(f"mutation ($input: SubmitTicketInput!) {{ {fields} }}", here, input=given)
        assert [len(one["userErrors"]) for one in found.values()] == [0, 0, 0, 1, 1]

    @pytest.mark.parametrize(("by", "most"), [("phone", 3), ("address", 5)])
    async def test_fifty_at_once(self, shop: World, here: dict[str, str], by: str, most: int) -> None:
        phone = number()

        async def one() -> str:
            where = here if by == "address" else coming_from(f"2001:db8:c:{next(octets):x}::1")
            return await outcome(shop.nobody, where, **({"phoneNumber": phone} if by == "phone" else {}))

        assert sorted(await asyncio.gather(*(one() for _ in range(FIFTY)))) == [""] * most + ["RateLimitedError"] * (
            FIFTY - most
        )
        if by == "phone":
            assert await shop.value("SELECT count(*) FROM ticket WHERE phone_number = $1", phone) == most

    async def test_window_slides(self, shop: World, credentials: Secrets, here: dict[str, str]) -> None:
        """Room comes back one by one, each an hour after it was taken."""
        phone = number()
        key = f"ticketsOfPhone:{credentials.hmac_digest('ticketsOfPhone', phone).hex()}"
        for minutes in (59, 30, 0):
            assert await outcome(shop.nobody, here, phoneNumber=phone) == ""
            ago = f"UPDATE attempts SET times[1] = now() - interval '{minutes} minutes' WHERE key = $1"
            await shop.execute(ago, key)
        payload = await submit(shop.nobody, here, phoneNumber=phone)
        assert 30 < payload["userErrors"][0]["retryAfter"] <= 60
        await shop.execute("UPDATE attempts SET times[3] = now() - interval '61 minutes' WHERE key = $1", key)
        assert await outcome(shop.nobody, here, phoneNumber=phone) == ""
        payload = await submit(shop.nobody, here, phoneNumber=phone)
        assert 29 * 60 < payload["userErrors"][0]["retryAfter"] <= 30 * 60
        assert await shop.value("SELECT cardinality(times) FROM attempts WHERE key = $1", key) == 3

    async def test_settings(
        self, world: World, settings: Settings, credentials: Secrets, database_url: str, here: dict[str, str]
    ) -> None:
        own = {"tickets_per_hour_and_address": 3, "tickets_per_hour_and_phone": 1, "data_folder": settings.data_folder}
        async with limited(world, credentials, database_url, **own) as served:
            phone = number()
            sent = [phone, phone, number(), number(), number()]
            taken = [await outcome(served.nobody, here, phoneNumber=one) for one in sent]
        assert [bool(one) for one in taken] == [False, True, False, False, True]


class TestStore:
    """What is kept of attempts."""

    async def test_digests_alone(self, shop: World) -> None:
        phone, address = number(), f"198.18.0.{next(octets)}"
        ticket = (await submit(shop.nobody, coming_from(address), phoneNumber=phone))["ticket"]
        await find(shop.nobody, ticket["reference"], phone, coming_from(address))
        await find(shop.nobody, ticket["reference"], number(), coming_from(address))
        kept = "\n".join(row["key"] for row in await shop.database.pool.fetch("SELECT key FROM attempts"))
        for word_ in (phone, phone[1:], address, ticket["reference"], ticket["reference"].replace("-", "")[2:]):
            assert word_ not in kept

    async def test_what_is_over_is_swept(self, shop: World, here: dict[str, str], settings: Settings) -> None:
        """By a timer, and nothing that still counts."""
        sql = """INSERT INTO attempts (key, times, until)
            SELECT 'old:' || n, '{}', now() - interval '1 year' FROM generate_series(1, 1050) AS n"""
        await shop.execute(sql)
        await submit(shop.nobody, here)
        await run_timer("attempts.sweep", settings, shop.database)
        assert await shop.value("SELECT count(*) FROM attempts WHERE key LIKE 'old:%'") == 0
        assert await shop.value("SELECT count(*) FROM attempts WHERE until > now()") > 0
