"""Addresses that nobody has verified may be a stranger's: they get five mails a day, whoever causes them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from auth.secrets import Secrets
from mails import tickets as ticket_mails
from models.tickets import Ticket, TicketStatus
from settings import Settings
from tests.customers.accounts import T1, T2, customer, new_user
from tests.mails.mailbox import PostOffice, Shop, shop
from tests.people import word
from tests.rows import add
from tests.webhooks.clerk import Sender, user

OPEN, CLAIMED = TicketStatus.OPEN, TicketStatus.CLAIMED


@pytest.fixture(scope="module")
async def post(settings: Settings, credentials: Secrets, empty_database_url: str) -> AsyncIterator[Shop]:
    async with (
        PostOffice().open() as office,
        shop(settings, credentials, empty_database_url, office, mails_per_day_and_address=5) as made,
    ):
        yield made


@pytest.fixture
def victim() -> str:
    """An address that somebody else may type in."""
    return f"{word()}@example.com"


async def told(post: Shop, tickets: list[Ticket]) -> list[str]:
    """The mails about tickets."""
    return [mail["kind"] for ticket in tickets for mail in await post.mails(ticket)]


class TestGuest:
    """Whoever submits tickets with the address of somebody else."""

    async def test_of_all_kinds(self, post: Shop, victim: str) -> None:
        tickets = [await post.ticket(email=victim.upper() if number % 2 else victim) for number in range(3)]
        with capture_logs() as logs:
            for ticket in tickets:
                await post.move(ticket, OPEN, CLAIMED)
        assert await told(post, tickets) == ["RECEIVED", "CLAIMED", "RECEIVED", "CLAIMED", "RECEIVED"]
        [line] = [entry for entry in logs if entry["event"] == "mail_limit_reached"]
        assert (line["template"], line["subject"]) == ("tickets.CLAIMED", str(tickets[2].id))
        assert victim not in str(logs)

    @pytest.mark.parametrize(
        "forms",
        [("{0}@example.com", "{0}+1@example.com", "{0}+a.b+c@EXAMPLE.com"),
         ("{0}@gmail.com", "x.{0}@googlemail.com", "x{0}+1@gmail.com", "x.{0}@gmail.com")],
    )  # fmt: skip
    async def test_other_forms_of_an_address(self, post: Shop, forms: tuple[str, ...]) -> None:
        name = word()
        tickets = [await post.ticket(email=forms[number % len(forms)].format(name)) for number in range(12)]
        assert len(await told(post, tickets)) == (5 if "gmail" not in forms[0] else 8)

    async def test_another_address_is_another_count(self, post: Shop) -> None:
        tickets = [await post.ticket() for _ in range(8)]
        assert len(await told(post, tickets)) == 8

    async def test_the_next_day(self, post: Shop, victim: str) -> None:
        tickets = [await post.ticket(email=victim) for _ in range(6)]
        assert len(await told(post, tickets)) == 5
        await post.world.execute(
            "UPDATE attempts SET times = ARRAY(SELECT at - interval '1 day' FROM unnest(times) AS at)"
        )
        tickets.append(await post.ticket(email=victim))
        assert len(await told(post, tickets)) == 6

    async def test_what_is_undone_is_not_counted(self, post: Shop, victim: str) -> None:
        async def undone() -> None:
            ticket = Ticket(reference=f"TK-{word()}", description="Beeps.", email=victim)
            async with post.database.transaction() as tx:
                await add(tx, ticket)
                await ticket_mails.notify(tx, ticket.id, None, OPEN)
                raise LookupError

        for _ in range(6):
            with pytest.raises(LookupError):
                await undone()
        assert await told(post, [await post.ticket(email=victim)]) == ["RECEIVED"]

    async def test_fifty_at_once(self, post: Shop, victim: str) -> None:
        tickets = await asyncio.gather(*(post.ticket(email=victim) for _ in range(50)))
        assert len(await told(post, tickets)) == 5

    async def test_no_address_is_kept_for_it(self, post: Shop, victim: str) -> None:
        await post.ticket(email=victim)
        kept = await post.world.value("SELECT string_agg(attempts::text || mail::text, '') FROM attempts, mail")
        assert "mail:" in kept
        assert victim not in kept


class TestAccount:
    """An account may type in any address as well."""

    async def test_without_an_address_from_clerk(self, post: Shop, victim: str) -> None:
        person = await post.world.person()
        tickets = [await post.ticket(email=victim, customer_id=person.key) for _ in range(8)]
        assert len(await told(post, tickets)) == 5

    async def test_with_others(self, post: Shop, victim: str) -> None:
        """Guests and several accounts have one limit for the address."""
        people = [await post.world.person() for _ in range(2)]
        tickets = [await post.ticket(email=victim, customer_id=person.key) for person in people for _ in range(2)]
        tickets += [await post.ticket(email=victim) for _ in range(4)]
        assert len(await told(post, tickets)) == 5

    async def test_an_address_that_was_stored_before_it_had_to_be_verified(self, post: Shop, victim: str) -> None:
        person = await post.world.person(clerk_profile={"email": victim})
        tickets = [await post.ticket(customer_id=person.key) for _ in range(8)]
        assert len(await told(post, tickets)) == 5

    async def test_its_own_address_has_no_limit(self, post: Shop, victim: str) -> None:
        for _ in range(6):
            await post.ticket(email=victim)
        person = await post.world.person(clerk_profile={"email": victim, "verified_email": victim})
        tickets = [await post.ticket(email=victim, customer_id=person.key) for _ in range(8)]
        assert len(await told(post, tickets)) == 8


class TestClerk:
    """What Clerk says of the address of an account, in its webhooks."""

    @pytest.fixture
    def deliver(self, post: Shop, credentials: Secrets) -> Sender:
        return Sender(post.world.http, credentials.clerk_webhook_secrets[0])

    async def told_to(self, post: Shop, clerk_id: str, typed: str | None = None) -> int:
        """How many mails of 8 the account of a Clerk user gets."""
        account = await customer(post.database, clerk_id)
        return len(await told(post, [await post.ticket(email=typed, customer_id=account.id) for _ in range(8)]))

    def email(self, address: str, status: str) -> dict[str, Any]:
        found = {"id": "idn_mail", "email_address": address, "verification": {"status": status}}
        return {"primary_email_address_id": "idn_mail", "email_addresses": [found], "phone_numbers": []}

    async def test_verified(self, post: Shop, deliver: Sender, victim: str) -> None:
        id = new_user()
        await deliver("user.created", user(id, updated_at=T1, **self.email(victim, "verified")))
        assert await self.told_to(post, id) == 8

    async def test_verified_later(self, post: Shop, deliver: Sender, victim: str) -> None:
        id = new_user()
        await deliver("user.created", user(id, updated_at=T1, **self.email(victim, "unverified")))
        assert await self.told_to(post, id, typed=victim) == 5
        await deliver("user.updated", user(id, updated_at=T2, **self.email(victim, "verified")))
        assert await self.told_to(post, id, typed=victim) == 8

    async def test_no_longer_verified(self, post: Shop, deliver: Sender, victim: str) -> None:
        id = new_user()
        await deliver("user.created", user(id, updated_at=T1, **self.email(victim, "verified")))
        await deliver("user.updated", user(id, updated_at=T2, **self.email(victim, "unverified")))
        assert await self.told_to(post, id, typed=victim) == 5

    async def test_stored_before_it_had_to_be_verified(self, post: Shop, deliver: Sender, victim: str) -> None:
        """It does not count as verified until Clerk says so, in an event of whatever kind."""
        person = await post.world.person(email=victim, clerk_profile={"email": victim})
        assert await self.told_to(post, person.clerk_id) == 5
        await deliver("user.updated", user(person.clerk_id, updated_at=T1, **self.email(victim, "verified")))
        assert await self.told_to(post, person.clerk_id) == 8
