"""A guest sends tickets while the account that the number belongs to changes (T10)."""

import asyncio

import httpx2
import pytest

from auth.secrets import Secrets
from models import ids
from tests.crowd import patiently
from tests.customers.accounts import T1, customer, new_user
from tests.graph import Graph
from tests.people import Person, World, number
from tests.tickets.guest_links import links, rows, sent
from tests.tickets.test_links import phone_of, verified
from tests.webhooks.clerk import Sender, deleted, phone, user


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


class TestRaces:
    """A guest sends tickets while the account that the number belongs to changes, over real connections."""

    async def test_verified_meanwhile(self, world: World, deliver: Sender) -> None:
        """Whichever comes first, each ticket is linked, once."""
        for _ in range(5):
            shared, clerk_id = number(), new_user()
            told = user(clerk_id, updated_at=T1, phone_numbers=[phone(shared)])
            sending = [sent(world, shared) for _ in range(8)]
            tickets = (await asyncio.gather(*sending[:4], deliver("user.created", told), *sending[4:]))[:4]
            owner = (await customer(world.database, clerk_id)).id
            assert [row["customer_id"] for row in await rows(world, shared)] == [owner] * 8
            assert [len(await links(world, ticket["id"])) for ticket in tickets] == [1] * 4

    async def test_phone_typed_meanwhile(self, world: World, deliver: Sender) -> None:
        """Between a number of somebody else's and their own: in the end all are theirs, and nobody waits in a circle."""
        own, clerk_id = number(), new_user()
        await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=[phone(own)]))
        graph = Graph(world.http, world.issuer.token(clerk_id))

        async def typing() -> None:
            for typed in (number(), own) * 4:
                changed = await patiently(
                    lambda typed=typed: graph.mutate("updateProfile", "customer { phoneNumber }", phoneNumber=typed)
                )
                assert changed["customer"] == {"phoneNumber": typed}

        await asyncio.gather(typing(), *(sent(world, own) for _ in range(20)))
        owner = (await customer(world.database, clerk_id)).id
        assert [row["customer_id"] for row in await rows(world, own)] == [owner] * 20

    async def test_deleted_meanwhile(self, world: World, deliver: Sender) -> None:
        """What came before is erased with the account, what came after belongs to nobody."""
        for _ in range(5):
            me = await verified(world)
            own = await phone_of(world, me)
            sending = [sent(world, own) for _ in range(8)]
            answers = await asyncio.gather(*sending[:4], deliver("user.deleted", deleted(me.clerk_id)), *sending[4:])
            assert answers[4].status_code == 200
            keys = [ids.key_of("Ticket", one["id"]) for one in answers[:4] + answers[5:]]
            found = await world.database.pool.fetch("SELECT * FROM ticket WHERE id = ANY($1)", keys)
            assert len(found) == 8
            for row in found:
                erased = (row["status"], row["name"], row["description"]) == ("CANCELLED", None, "")
                kept = (row["status"], row["phone_number"], row["linked_when_sent"]) == ("OPEN", own, False)
                assert row["customer_id"] is None
                assert erased is not kept

    async def test_all_at_once(self, world: World, deliver: Sender) -> None:
        """Linking, verifying and sending with the same numbers: no deadlock, and nothing is left over."""
        people: list[Person] = [await verified(world) for _ in range(3)]
        numbers = [await phone_of(world, person) for person in people]

        async def linking(person: Person) -> None:
            await patiently(lambda: person.graph("mutation { linkTicketsByPhone(input: {}) { linkedCount } }"))

        async def verifying(person: Person, at: int) -> None:
            told = user(person.clerk_id, updated_at=T1 + at, phone_numbers=[phone(await phone_of(world, person))])
            assert (await deliver("user.updated", told)).status_code in {200, 503}

        await asyncio.gather(
            *(sent(world, numbers[at % 3]) for at in range(18)),
            *(linking(people[at % 3]) for at in range(9)),
            *(verifying(people[at % 3], at) for at in range(9)),
        )
        for person, shared in zip(people, numbers, strict=True):
            assert [row["customer_id"] for row in await rows(world, shared)] == [person.key] * 6
