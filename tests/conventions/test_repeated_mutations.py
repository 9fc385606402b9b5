"""Every mutation that is sent again with its idempotency key changes nothing, and gives what it gave."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from models import ids
from tests.architecture.project import GRAPH
from tests.crowd import patiently
from tests.customers.verbs import outcome, verbs
from tests.graph import only
from tests.people import World, number, word

assert GRAPH.mutation_type
MUTATIONS = sorted(GRAPH.mutation_type.fields)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'pgqueuer%'"

OTHER_RELEASE = (
    """UPDATE idempotency_key SET answer = '{"result": {"of": ["another", "release"]}}' WHERE customer_id = $1"""
)


async def everything(world: World) -> dict[str, Any]:
    """Give a digest of each table."""
    names = [row[0] for row in await world.database.pool.fetch(TABLES)]
    sql = "SELECT md5(string_agg(one::text, '' ORDER BY one::text)) FROM {} AS one"
    return {name: await world.value(sql.format(f'"{name}"')) for name in names}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_second_request_changes_nothing(world: World, name: str) -> None:
    me = await world.solver(role="OWNER", phone_number=number(), phone_verified=True)
    await me.graph("{ viewer { id } }")  # which notes that they are here, once a minute
    (made,) = [verb for verb in await verbs(world, me, []) if verb.name == name]
    verb = replace(made, input=(made.input or {}) | {"idempotencyKey": word()})
    assert outcome(await verb.send(me.graph)) == ""
    before = await everything(world)
    assert outcome(await verb.send(me.graph)) == ""
    assert await everything(world) == before
    await world.execute(OTHER_RELEASE, me.key)
    before = await everything(world)
    extensions = (await verb.send(me.graph))["errors"][0]["extensions"]
    assert (extensions["code"], extensions["reason"]) == ("CONFLICT", "idempotency_result_unknown")
    assert not extensions["retryable"]
    assert await everything(world) == before


class TestResults:
    """What the first request gave is given again, where the second alone would have given something else."""

    async def test_anonymous(self, world: World) -> None:
        them = await world.person()
        payload = await world.nobody.mutate("followCustomer", "customer { id }", customerId=them.id, idempotencyKey="a")
        assert only(payload) == "SignedOutError"

    async def test_stranger_has_keys_of_their_own(self, world: World) -> None:
        me, stranger, them = await world.person(), await world.person(), await world.person()
        for one in (me, stranger):
            payload = await one.graph.mutate(
                "followCustomer", "customer { relationship { following } }", customerId=them.id, idempotencyKey="a"
            )
            assert payload["customer"]["relationship"]["following"]

    async def test_late_repetition_does_not_undo_what_came_after(self, world: World) -> None:
        me, them, key = await world.person(), await world.person(), word()
        following = "customer { relationship { following } }"
        given = {"customerId": them.id}
        await me.graph.mutate("followCustomer", following, **given, idempotencyKey=key)
        await me.graph.mutate("unfollowCustomer", following, **given)
        late = await me.graph.mutate("followCustomer", following, **given, idempotencyKey=key)
        assert late["customer"]["relationship"]["following"] is False
        assert late["userErrors"] == []

    async def test_items(self, world: World) -> None:
        me, key = await world.person(), word()
        given = {"variantId": ids.encode("ProductVariant", (await world.variant()).id), "idempotencyKey": key}
        adding = lambda: me.graph.mutate("addToWishlist", "existed item { id }", **given)
        first = await adding()
        assert first["existed"] is False
        assert await adding() == first
        given |= {"idempotencyKey": word()}
        removing = lambda: me.graph.mutate("removeFromWishlist", "removedItemId", **given)
        removed = await removing()
        assert removed["removedItemId"] == first["item"]["id"]
        assert await removing() == removed

    async def test_sessions(self, world: World) -> None:
        solver = await world.solver()
        ticket = ids.encode("Ticket", (await world.ticket(claimed_by=solver, status="CLAIMED")).id)
        given = {"ticketId": ticket, "tier": "QUICK", "idempotencyKey": word()}
        start = lambda: solver.graph.mutate("startSession", "session { id }", **given)
        first = await start()
        assert first["session"]
        assert await start() == first

    async def test_lost_role(self, world: World) -> None:
        """Who may not do it any more is not told what came of it either."""
        solver = await world.solver()
        ticket = await world.ticket()
        given = {"ticketId": ids.encode("Ticket", ticket.id), "idempotencyKey": word()}
        await solver.graph.mutate("claimTicket", "ticket { id }", **given)
        await world.execute("UPDATE customer SET role = 'CUSTOMER' WHERE id = $1", solver.key)
        assert only(await solver.graph.mutate("claimTicket", "ticket { id }", **given)) == "NotAllowedError"

    async def test_null_differs_from_what_was_not_sent(self, world: World) -> None:
        me, key = await world.person(), word()
        item = await world.item((await world.wishlist(me)).id, await world.variant(), note="For the desk")
        given = {"itemId": ids.encode("WishlistItem", item.id), "idempotencyKey": key}
        await me.graph.mutate("updateWishlistItem", "item { note }", **given)
        query = "mutation ($input: UpdateWishlistItemInput!) { updateWishlistItem(input: $input) { item { note } } }"
        answer = (await me.graph.send(query, input=given | {"note": None})).json()
        assert answer["errors"][0]["extensions"]["reason"] == "idempotency_key_reused"
        assert await world.value("SELECT note FROM wishlist_item WHERE id = $1", item.id) == "For the desk"

    async def test_many_at_once(self, world: World) -> None:
        me, key = await world.person(), word()
        given = {"variantId": ids.encode("ProductVariant", (await world.variant()).id), "idempotencyKey": key}
        add = lambda: patiently(lambda: me.graph.mutate("addToWishlist", "existed item { id }", **given))
        answers = await asyncio.gather(*(add() for _ in range(20)))
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["existed"] is False
