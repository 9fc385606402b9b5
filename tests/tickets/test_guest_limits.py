"""Wrong references and phone numbers of one address, of one day, and in `linkTicket` (T10, and `limits.md`, "rate")."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from auth.secrets import Secrets
from models import ids, references
from settings import Settings
from tests.graph import only
from tests.people import World, number
from tests.rows import counting
from tests.tickets.guesses import LIMITED, Place, guess, pair_of, patient, somewhere, tried
from tests.tickets.submissions import GUEST, limited, submit


@pytest.fixture(scope="module")
async def shop(world: World, settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[World]:
    """A server with the limits that a shop has unless it sets others."""
    async with limited(world, credentials, database_url, data_folder=settings.data_folder) as served:
        yield served


@pytest.fixture
def here() -> Place:
    return somewhere()


class TestAddress:
    """30 in 10 minutes for an address, whatever the reference."""

    async def test_stranger(self, shop: World, here: Place) -> None:
        wrong = [await tried(shop.nobody, here, (references.generate(), number())) for _ in range(31)]
        assert wrong == [["null"]] * 30 + [[LIMITED]]
        assert await guess(shop, somewhere(), references.generate()) == ["null"]

    async def test_who_is_known_there_still_finds_theirs(self, shop: World, here: Place) -> None:
        """By having sent it from there, or found it before; a guest of another address has to wait, as a guesser has."""
        sent = (await submit(shop.nobody, here))["ticket"]
        known, new = pair_of(await shop.ticket()), pair_of(await shop.ticket())
        assert await tried(shop.nobody, here, known) == ["found"]
        for _ in range(2):
            await tried(shop.nobody, here, *((references.generate(), number()) for _ in range(15)))
        found = await tried(shop.nobody, here, (sent["reference"], sent["phoneNumber"]), known, new, (new[0], number()))
        assert found == ["found", "found", LIMITED, LIMITED]

    async def test_fifty_at_once(self, shop: World, here: Place) -> None:
        found = await asyncio.gather(*(patient(shop, here, (references.generate(), number())) for _ in range(50)))
        assert sorted(found) == [LIMITED] * 20 + ["null"] * 30

    async def test_right_ones_among_wrong_ones_at_once(self, shop: World, here: Place) -> None:
        """Guessing at once is no faster than one request after the other."""
        pairs = [pair_of(await shop.ticket()) for _ in range(8)]
        guessed = [[*((references.generate(), number()) for _ in range(18)), pair] for pair in pairs]
        found = await asyncio.gather(*(patient(shop, here, *given) for given in guessed))
        assert sum(answers.endswith("found") for answers in found) == 1


class TestDay:
    """50 a day for a reference, from wherever."""

    async def test_strangers_together(self, shop: World, here: Place) -> None:
        sent = (await submit(shop.nobody, here))["ticket"]
        pair, found_from = (sent["reference"], sent["phoneNumber"]), somewhere()
        assert await tried(shop.nobody, found_from, pair) == ["found"]
        for _ in range(10):
            assert await guess(shop, somewhere(), pair[0], 5) == ["null"] * 5
        answers = []
        for phone in (number(), pair[1]):
            place, seen = somewhere(), []
            for _ in range(6):
                (error,) = (await shop.nobody.send(GUEST, place, r=pair[0], p=phone)).json()["errors"]
                seen.append((error["extensions"]["code"], round(error["extensions"]["retryAfter"], -3)))
            answers.append(seen)
        assert answers[0] == answers[1], "a right phone number that is refused looks like a wrong one, at each attempt"
        assert set(answers[0]) == {(LIMITED, 86_000)}
        for place in (here, found_from):
            assert await tried(shop.nobody, place, pair) == ["found"]
            assert await guess(shop, place, pair[0]) == [LIMITED]

    async def test_settings(
        self, world: World, settings: Settings, credentials: Secrets, database_url: str, here: Place
    ) -> None:
        own = {"ticket_tries_per_10_minutes": 2, "ticket_tries_per_10_minutes_and_address": 3}
        own |= {"ticket_tries_per_day_and_reference": 4}
        async with limited(world, credentials, database_url, data_folder=settings.data_folder, **own) as shop:
            first, second = references.generate(), references.generate()
            assert await guess(shop, here, first, 3) == ["null", "null", LIMITED]
            assert await guess(shop, here, second, 2) == ["null", LIMITED]
            assert await guess(shop, somewhere(), first, 3) == ["null", "null", LIMITED]
            assert await guess(shop, somewhere(), first) == [LIMITED]


class TestLinking:
    """`linkTicket` with a reference is held to the same limits."""

    async def test_shared(self, shop: World, here: Place) -> None:
        ticket, me = await shop.ticket(), await shop.person()
        given = {"ticketId": ids.encode("Ticket", ticket.id), "reference": ticket.reference}

        async def link(phone: str | None) -> Any:
            return await me.graph.mutate("linkTicket", "ticket { id }", here, **given, phoneNumber=phone)

        assert await guess(shop, here, ticket.reference, 3) == ["null"] * 3
        assert [only(await link(number())) for _ in range(3)] == ["PhoneMismatchError"] * 2 + ["RateLimitedError"]
        payload = await link(ticket.phone_number)
        assert (payload["ticket"], only(payload)) == (None, "RateLimitedError")
        assert await tried(shop.nobody, here, pair_of(ticket)) == [LIMITED]
        here.update(somewhere())
        assert (await link(ticket.phone_number))["userErrors"] == []

    async def test_right_ones_are_not_counted(self, shop: World, here: Place) -> None:
        ticket, me = await shop.ticket(), await shop.person()
        given = {"ticketId": ids.encode("Ticket", ticket.id), "reference": ticket.reference}
        for _ in range(7):
            payload = await me.graph.mutate(
                "linkTicket", "ticket { id }", here, **given, phoneNumber=ticket.phone_number
            )
            assert payload["userErrors"] == []

    async def test_the_id_of_another_ticket_is_wrong(self, shop: World, here: Place) -> None:
        ticket, other, me = await shop.ticket(), await shop.ticket(), await shop.person()
        given = {"ticketId": ids.encode("Ticket", other.id), "reference": ticket.reference}
        said = [
            only(await me.graph.mutate("linkTicket", "ticket { id }", here, **given, phoneNumber=ticket.phone_number))
            for _ in range(6)
        ]
        assert said == ["PhoneMismatchError"] * 5 + ["RateLimitedError"]


class TestOneTransaction:
    """However many fields a request has."""

    async def test_statements(self, world: World, statements: list[str], here: Place) -> None:
        counts = []
        for fields in (1, 20):
            wrong = [(references.generate(), number()) for _ in range(fields)]
            for _ in range(3):
                with counting(statements):
                    await tried(world.nobody, here, *wrong)
                    counts.append(len(statements))
        assert counts == [4] * 6
