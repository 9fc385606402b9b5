"""Wrong references and phone numbers are limited, right ones are not counted (T10, and `limits.md`, "rate")."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

import pytest

from auth.secrets import Secrets
from models import references
from settings import Settings
from tests.crowd import patiently
from tests.customers.test_deletion import blocked_by
from tests.graph import Failed
from tests.people import World, number, word
from tests.tickets.guesses import LIMITED, Place, guess, pair_of, patient, somewhere, tried
from tests.tickets.submissions import GUEST, limited


@pytest.fixture(scope="module")
async def shop(world: World, settings: Settings, credentials: Secrets, database_url: str) -> AsyncIterator[World]:
    """A server with the limits that a shop has unless it sets others."""
    async with limited(world, credentials, database_url, data_folder=settings.data_folder) as served:
        yield served


@pytest.fixture
def here() -> Place:
    return somewhere()


class TestRight:
    """Never counted, never refused."""

    async def test_anonymous_again_and_again(self, shop: World, here: Place) -> None:
        pair = pair_of(await shop.ticket())
        assert [await tried(shop.nobody, here, pair) for _ in range(20)] == [["found"]] * 20

    async def test_fields_of_one_request(self, shop: World, here: Place) -> None:
        """On the first sight of a document and later, and beside others."""
        pair, other = pair_of(await shop.ticket()), pair_of(await shop.ticket())
        for _ in range(3):
            assert await tried(shop.nobody, here, *[pair] * 10, *[other] * 10) == ["found"] * 20

    async def test_fifty_at_once(self, shop: World, here: Place) -> None:
        pair = pair_of(await shop.ticket())

        async def one() -> str:
            with suppress(Failed):
                return (
                    "found"
                    if (await patiently(lambda: shop.nobody(GUEST, here, r=pair[0], p=pair[1])))["guestTicket"]
                    else ""
                )
            return "refused"

        assert set(await asyncio.gather(*(one() for _ in range(50)))) == {"found"}

    async def test_after_four_wrong_ones(self, shop: World, here: Place) -> None:
        ticket = await shop.ticket()
        assert await guess(shop, here, ticket.reference, 4) == ["null"] * 4
        assert await tried(shop.nobody, here, *[pair_of(ticket)] * 9) == ["found"] * 9
        assert await guess(shop, here, ticket.reference, 2) == ["null", LIMITED]

    async def test_a_stranger_elsewhere_does_not_matter(self, shop: World, here: Place) -> None:
        ticket = await shop.ticket()
        assert await guess(shop, somewhere(), ticket.reference, 6) == ["null"] * 5 + [LIMITED]
        assert await tried(shop.nobody, here, pair_of(ticket)) == ["found"]


class TestWrong:
    """5 in 10 minutes for a reference from one address."""

    @pytest.mark.parametrize("make", [references.generate, word])
    async def test_references_of_nothing(self, shop: World, here: Place, make: Callable[[], str]) -> None:
        """That a reference can be tried no more does not tell that it is one."""
        assert await guess(shop, here, make(), 6) == ["null"] * 5 + [LIMITED]

    async def test_however_it_is_written_whoever_asks(self, shop: World, here: Place) -> None:
        ticket, me = await shop.ticket(), (await shop.person()).graph
        written = [ticket.reference, ticket.reference.lower(), ticket.reference.replace("-", ""), ticket.reference[3:]]
        found = [await tried((shop.nobody, me)[at % 2], here, (one, number())) for at, one in enumerate(written * 2)]
        assert found == [["null"]] * 5 + [[LIMITED]] * 3

    async def test_once_too_many_right_and_wrong_look_the_same(self, shop: World, here: Place) -> None:
        """Else nothing would keep a guesser from going on. Other references are free."""
        ticket, other = await shop.ticket(), await shop.ticket()
        await guess(shop, here, ticket.reference, 5)
        answers = [
            (await shop.nobody.send(GUEST, here, r=ticket.reference, p=phone)).json()["errors"][0]
            for phone in (number(), ticket.phone_number)
        ]
        for error in answers:
            assert 590 < error["extensions"].pop("retryAfter") <= 600
        assert answers[0] == answers[1]
        assert (answers[0]["extensions"]["code"], answers[0]["extensions"]["retryable"]) == (LIMITED, True)
        assert await tried(shop.nobody, here, pair_of(other)) == ["found"]

    async def test_an_invalid_phone_number_is_no_attempt(self, shop: World, here: Place) -> None:
        ticket = await shop.ticket()
        for _ in range(10):
            assert await tried(shop.nobody, here, (ticket.reference, "12345")) == ["BAD_USER_INPUT"]
        assert await tried(shop.nobody, here, pair_of(ticket)) == ["found"]

    async def test_fields_of_one_request(self, shop: World, here: Place) -> None:
        """Each counts, also those that say the same, and the right one among them comes in its turn."""
        ticket, other = await shop.ticket(), await shop.ticket()
        wrong = (ticket.reference, number())
        found = await tried(shop.nobody, here, wrong, pair_of(ticket), *[wrong] * 6, pair_of(ticket), pair_of(other))
        assert found == ["null", "found", *["null"] * 4, LIMITED, LIMITED, LIMITED, "found"]

    async def test_room_comes_back(self, shop: World, here: Place) -> None:
        ticket = await shop.ticket()
        await guess(shop, here, ticket.reference, 5)
        await shop.execute("UPDATE attempts SET times = ARRAY(SELECT at - interval '601 s' FROM unnest(times) AS at)")
        assert await guess(shop, here, ticket.reference, 6) == ["null"] * 5 + [LIMITED]

    async def test_fifty_at_once(self, shop: World, here: Place) -> None:
        reference = (await shop.ticket()).reference
        found = await asyncio.gather(*(patient(shop, here, (reference, number())) for _ in range(50)))
        assert sorted(found) == [LIMITED] * 45 + ["null"] * 5

    async def test_requests_that_name_the_same_in_other_orders(self, shop: World) -> None:
        """Nobody waits in a circle, whoever comes from where."""
        named = [await shop.ticket() for _ in range(4)]
        wrong = [(one.reference, number()) for one in named]
        places = [somewhere() for _ in range(5)]
        orders = [wrong[at % 4 :] + wrong[: at % 4] if at % 2 else wrong[::-1] for at in range(40)]
        found = await asyncio.gather(*(patient(shop, places[at % 5], *order) for at, order in enumerate(orders)))
        assert set(",".join(found).split(",")) == {"null", LIMITED}
        assert ",".join(found).count("null") == 4 * 5 * 5

    async def test_a_request_that_is_given_up_counts(self, shop: World, here: Place) -> None:
        """Whoever goes away before the answer has made their attempt."""
        ticket, lock = (
            await shop.ticket(),
            "SELECT pg_advisory_lock(hashtextextended(key, 0)) FROM attempts WHERE key = $1",
        )
        before = set(await keys(shop, "wrongOfReference:"))
        await guess(shop, here, ticket.reference)
        (key,) = set(await keys(shop, "wrongOfReference:")) - before
        async with shop.database.pool.acquire() as connection:
            await connection.execute(lock, key)
            given = asyncio.create_task(guess(shop, here, ticket.reference))
            await blocked_by(shop, connection.get_server_pid())
            given.cancel()
            with suppress(asyncio.CancelledError):
                await given
            await connection.execute("SELECT pg_advisory_unlock_all()")
        counted = "SELECT cardinality(times) FROM attempts WHERE key = $1"
        async with asyncio.timeout(10):
            while await shop.value(counted, key) != 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def keys(shop: World, prefix: str) -> Sequence[str]:
    rows = await shop.database.pool.fetch("SELECT key FROM attempts WHERE starts_with(key, $1)", prefix)
    return [row["key"] for row in rows]
