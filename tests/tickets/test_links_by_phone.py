"""`linkTicketsByPhone`: what was submitted with the viewer's verified phone number."""

import asyncio

import pytest

from tests.crowd import patiently
from tests.graph import only
from tests.people import World, number, word
from tests.tickets.submissions import LINKED
from tests.tickets.test_links import FIFTY, audited, owner, phone_of, verified


class TestLinkTicketsByPhone:
    """The same, when the customer asks for it."""

    async def test_anonymous(self, world: World) -> None:
        payload = (await world.nobody(LINKED))["linkTicketsByPhone"]
        assert (payload["linkedCount"], payload["tickets"], only(payload)) == (None, None, "SignedOutError")

    @pytest.mark.parametrize("verified_", [False, None])
    async def test_stranger(self, world: World, verified_: bool | None) -> None:
        ticket = await world.ticket()
        said = {} if verified_ is None else {"phone_number": ticket.phone_number}
        payload = (await (await world.person(**said)).graph(LINKED))["linkTicketsByPhone"]
        assert (payload["linkedCount"], only(payload)) == (None, "NotAllowedError")
        assert "Verify it where you sign in" in payload["userErrors"][0]["message"]
        assert await owner(world, ticket) is None

    async def test_all_of_the_number(self, world: World) -> None:
        me = await verified(world)
        mine = [await world.ticket(phone_number=me_phone) for me_phone in [await phone_of(world, me)] * 3]
        taken, other = await world.ticket(await world.person(), phone_number=mine[0].phone_number), await world.ticket()
        payload = (await me.graph(LINKED))["linkTicketsByPhone"]
        assert (payload["linkedCount"], payload["userErrors"]) == (3, [])
        assert [one["reference"] for one in payload["tickets"]] == [one.reference for one in reversed(mine)]
        assert all(one["customer"] == {"id": me.id} and one["phoneNumber"] for one in payload["tickets"])
        assert (await owner(world, taken), await owner(world, other)) == (taken.customer_id, None)
        assert [(action, actor) for action, actor, _ in await audited(world, mine[0])] == [("ticket.linked", me.key)]
        assert (await me.graph(LINKED))["linkTicketsByPhone"] == {"linkedCount": 0, "tickets": [], "userErrors": []}

    @pytest.mark.parametrize("as_header", [True, False])
    async def test_sent_twice(self, world: World, as_header: bool) -> None:
        """The second answer is that of the first, and a ticket that came in between stays where it is."""
        me, key = await verified(world), word()
        mine = [await world.ticket(phone_number=await phone_of(world, me)) for _ in range(2)]
        given = ({"idempotency-key": key}, {}) if as_header else ({}, {"idempotencyKey": key})
        ask = lambda: me.graph.mutate("linkTicketsByPhone", "linkedCount tickets { reference }", given[0], **given[1])
        first = await ask()
        assert [one["reference"] for one in first["tickets"]] == [one.reference for one in reversed(mine)]
        later = await world.ticket(phone_number=mine[0].phone_number)
        assert (first["linkedCount"], await ask()) == (2, first)
        assert await owner(world, later) is None
        assert [len(await audited(world, ticket)) for ticket in mine] == [1, 1]
        assert (await me.graph(LINKED))["linkTicketsByPhone"]["linkedCount"] == 1

    async def test_fifty_at_once_of_two_accounts(self, world: World) -> None:
        shared = number()
        two = [await verified(world, phone_number=shared) for _ in range(2)]
        tickets = [await world.ticket(phone_number=shared) for _ in range(5)]
        calls = [two[at % 2] for at in range(FIFTY)]
        answers = await asyncio.gather(*(patiently(lambda one=one: one.graph(LINKED)) for one in calls))
        assert sum(answer["linkTicketsByPhone"]["linkedCount"] for answer in answers) == 5
        assert len({await owner(world, ticket) for ticket in tickets} - {None}) == 1
        assert [len(await audited(world, ticket)) for ticket in tickets] == [1] * 5
