"""What a guest sends with a phone number that an account has verified is that account's at once (T10)."""

from typing import Any

import httpx2
import pytest

from auth.secrets import Secrets
from tests.customers.accounts import T1, T2, new_user
from tests.graph import Graph
from tests.people import World, number, word
from tests.tickets.guest_links import links, rows, sent
from tests.tickets.submissions import find, submit
from tests.tickets.test_links import phone_of, verified
from tests.webhooks.clerk import Sender, deleted, phone, user

MINE = "{ viewer { tickets(first: 50) { nodes { id reference name phoneNumber email customer { id } } } } }"


@pytest.fixture
def deliver(http: httpx2.AsyncClient, credentials: Secrets) -> Sender:
    """Send events as Svix does."""
    return Sender(http, credentials.clerk_webhook_secrets[0])


class TestSent:
    """One after the other."""

    async def test_anonymous(self, world: World) -> None:
        """The account has it, with the words of the guest, and the audit log says how it came there."""
        me = await verified(world, name="Layla of the account")
        ticket = await sent(world, await phone_of(world, me), name="Home", email=f"{word()}@example.com")
        (mine,) = (await me.graph(MINE))["viewer"]["tickets"]["nodes"]
        assert mine == {name: ticket[name] for name in mine} | {"customer": {"id": me.id}}
        ((actor, said),) = await links(world, ticket["id"])
        assert (actor, str(me.key) in said, '"phone"' in said) == (None, True, True)

    async def test_stranger_cannot_tell(self, world: World) -> None:
        """Neither what is answered, nor what is found later, nor how often one may ask says whose the number is."""
        me, unverified = await verified(world), await world.person(phone_number=number())
        answers: list[Any] = []
        for phone_number in (await phone_of(world, me), await phone_of(world, unverified), number()):
            given = {"phoneNumber": phone_number, "email": "guest@example.com", "description": "No picture"}
            payload = await submit(world.nobody, **given)
            ticket = payload["ticket"]
            for graph in (world.nobody, (await world.person()).graph):
                assert await find(graph, ticket["reference"], phone_number) == ticket
            own = {"id", "reference", "createdAt", "updatedAt"}
            assert ticket["phoneNumber"] == phone_number
            assert ticket["reference"] in payload["signUpUrl"]
            answers.append({name: value for name, value in ticket.items() if name not in {*own, "phoneNumber"}})
            answers[-1]["errors"] = payload["userErrors"]
        assert answers[0] == answers[1] == answers[2]

    async def test_sent_again_with_its_key(self, world: World) -> None:
        me = await verified(world)
        given = {"description": "No sound", "idempotencyKey": word()}
        first = await sent(world, await phone_of(world, me), **given)
        assert await sent(world, await phone_of(world, me), **given) == first
        assert len(await links(world, first["id"])) == 1

    async def test_two_accounts_with_the_number(self, world: World) -> None:
        """It may have moved on: neither gets it unasked."""
        shared = number()
        for _ in range(2):
            await verified(world, phone_number=shared)
        await sent(world, shared)
        assert [row["customer_id"] for row in await rows(world, shared)] == [None]

    async def test_it_never_changes_hands(self, world: World) -> None:
        me, other = await verified(world), await world.person()
        ticket = await sent(world, await phone_of(world, me))
        given = {"ticketId": ticket["id"], "reference": ticket["reference"], "phoneNumber": ticket["phoneNumber"]}
        payload = await other.graph.mutate("linkTicket", "ticket { id }", **given)
        assert [error["__typename"] for error in payload["userErrors"]] == ["PhoneMismatchError"]
        assert (await me.graph.mutate("linkTicket", "ticket { id }", **given))["ticket"] == {"id": ticket["id"]}

    async def test_it_goes_with_the_account(self, world: World, deliver: Sender) -> None:
        me = await verified(world)
        ticket = await sent(world, await phone_of(world, me))
        await deliver("user.deleted", deleted(me.clerk_id))
        assert await find(world.nobody, ticket["reference"], ticket["phoneNumber"]) is None


class TestTypedAgain:
    """An account's own verified number stays so (C2), and brings what was sent with it meanwhile."""

    async def test_after_another_one(self, world: World, deliver: Sender) -> None:
        own, clerk_id = number(), new_user()
        await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=[phone(own)]))
        graph = Graph(world.http, world.issuer.token(clerk_id))
        shown, was_verified = "customer { phoneNumber phoneVerified }", True
        for typed, is_verified in ((number(), False), (own, True), (None, False), (f"00{own[1:]}", True), (own, True)):
            ticket = await sent(world, own)
            changed = (await graph.mutate("updateProfile", shown, phoneNumber=typed))["customer"]
            assert changed["phoneVerified"] is is_verified, typed
            mine = {row["reference"] for row in (await graph(MINE))["viewer"]["tickets"]["nodes"]}
            assert (ticket["reference"] in mine) is (is_verified or was_verified), typed
            was_verified = is_verified

    async def test_stranger(self, world: World, deliver: Sender) -> None:
        """A number that Clerk no longer vouches for is not verified by being typed."""
        own, clerk_id = number(), new_user()
        await deliver("user.created", user(clerk_id, updated_at=T1, phone_numbers=[phone(own)]))
        await deliver("user.updated", user(clerk_id, updated_at=T2, phone_numbers=[]))
        graph = Graph(world.http, world.issuer.token(clerk_id))
        payload = await graph.mutate("updateProfile", "customer { phoneVerified }", phoneNumber=own)
        assert payload["customer"] == {"phoneVerified": False}
